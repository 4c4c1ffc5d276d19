<?php

// The daemon of FastFN's PHP runtime, and its workers: `php fastfn_php.php --socket <path> [--lifeline]`. Better
// `php -- fastfn_php.php --socket <path> 3<&0 <fastfn_php.php`: only then can it fork workers (see Spawner).

if (PHP_VERSION_ID < 80100) {
    error_log('FastFN needs PHP 8.1 or newer; this is ' . PHP_VERSION . '.');
    exit(1);
}

$__fastfn_shim = __FILE__ === 'Standard input code' ? $argv[1] : __FILE__;
require dirname($__fastfn_shim) . '/src/load.php';
$__fastfn = FastFN\Shim\Main::start(
    $__fastfn_shim,
    array_slice($argv, __FILE__ === 'Standard input code' ? 2 : 1),
    __FILE__ === 'Standard input code',
);

// Handlers run here, where their variables are global.
if ($__fastfn->isToBeLoaded()) {
    try {
        $__fastfn->loaded(require $__fastfn->entry);
    } catch (Throwable $__fastfn_error) {
        $__fastfn->failed($__fastfn_error);
    }
}
$__fastfn->announce();
while ($__fastfn->serve()) {
    try {
        $__fastfn->scriptEnded(require $__fastfn->entry);
    } catch (Throwable $__fastfn_error) {
        $__fastfn->scriptFailed($__fastfn_error);
    }
}
