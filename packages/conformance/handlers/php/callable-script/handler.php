<?php
$FASTFN_STATUS = 203;
$FASTFN_HEADERS = ['content-type' => 'text/html; charset=utf-8', 'x-by' => 'script'];

function tag(string $name, string $text): string
{
    return "<$name>" . htmlspecialchars($text) . "</$name>";
}
?>
<?= tag('p', $_GET['name']) . "\n" ?>
