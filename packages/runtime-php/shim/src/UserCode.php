<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** The user's files in this process. */
final class UserCode
{
    /** Folders below root that hold other people's code. */
    private const FOREIGN = '~/(\.deps|\.fastfn|vendor|node_modules)/~';

    private readonly string $below;
    /** @var array<string, true> files that could not be compiled: PHP does not list them */
    private array $tried = [];

    public function __construct(string $root, public readonly string $folder, public readonly string $entry)
    {
        $this->below = \rtrim($root, '/') . '/';
        $this->tried[$entry] = true;
    }

    /**
     * What `require '_helper.php'` looks through: the handler's folder, those above it up to root, then what the
     * configuration of PHP says. (PHP itself looks in the folder of the file that requires, too.)
     */
    public function setIncludePath(): void
    {
        $paths = [$this->folder];
        for ($path = $this->folder; \str_starts_with("$path/", $this->below) && "$path/" !== $this->below;) {
            $paths[] = $path = \dirname($path);
        }
        \set_include_path(\implode(\PATH_SEPARATOR, [...$paths, \get_include_path()]));
    }

    /** Whether this is a file the user wrote: below root, and not in a folder of installed packages. */
    public function isOwn(string $path): bool
    {
        return $path === $this->entry
            || (\str_starts_with($path, $this->below)
                && \preg_match(self::FOREIGN, \substr($path, \strlen($this->below) - 1)) !== 1);
    }

    /** A file that failed: mending it must be noticed. */
    public function tried(string $path): void
    {
        if ($this->isOwn($path)) {
            $this->tried[$path] = true;
        }
    }

    /** @return list<string> the user's files loaded so far, or at least tried */
    public function files(): array
    {
        $files = $this->tried;
        foreach (\get_included_files() as $path) {
            if ($this->isOwn($path)) {
                $files[$path] = true;
            }
        }
        return \array_keys($files);
    }
}
