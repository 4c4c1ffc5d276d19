<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** What Composer installed for the function, and its packs. The host half says where they are, by variables of the process. */
final class Packages
{
    private const AUTOLOAD = 'FASTFN_PHP_AUTOLOAD';
    private const INCLUDE = 'FASTFN_PHP_INCLUDE';
    /** Variables that handlers do not see. */
    public const VARIABLES = [self::AUTOLOAD => 1, self::INCLUDE => 1];

    /** @var list<string> */
    private readonly array $autoloaders;
    /** @var list<string> */
    private readonly array $folders;

    /** @param array<string, string> $processEnv */
    public function __construct(array $processEnv)
    {
        $this->autoloaders = self::paths($processEnv[self::AUTOLOAD] ?? '');
        $this->folders = self::paths($processEnv[self::INCLUDE] ?? '');
    }

    /** Found last: what the user and PHP's configuration have comes first. */
    public function addIncludePath(): void
    {
        if ($this->folders !== []) {
            \set_include_path(\implode(\PATH_SEPARATOR, [\get_include_path(), ...$this->folders]));
        }
    }

    /**
     * Makes the packages' classes and functions known. A handler that requires `vendor/autoload.php` by itself may go on to.
     *
     * @throws \Throwable a package's own file fails, or does not fit this PHP
     */
    public function load(): void
    {
        // The first loader asked is the last one that was put in front.
        foreach (\array_reverse($this->autoloaders) as $file) {
            require_once $file;
        }
    }

    /** @return list<string> */
    private static function paths(string $list): array
    {
        return $list === '' ? [] : \explode(\PATH_SEPARATOR, $list);
    }
}
