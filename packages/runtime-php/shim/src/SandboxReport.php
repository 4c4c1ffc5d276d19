<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** `sandbox` of READY and HELLO (PROTOCOL.md §6). */
final class SandboxReport
{
    public const KERNEL = 'kernel';
    public const RUNTIME = 'runtime';

    /** @param list<string> $missing what is weaker than it could be and why, for people */
    public function __construct(
        public string $level,
        public int $abi = 0,
        public bool $hides = false,
        public array $missing = [],
    ) {
    }

    /** Does a step, and records why it did not work. */
    public function did(string $what, \Closure $step): bool
    {
        try {
            $step();
            return true;
        } catch (\RuntimeException $error) {
            $this->missing[] = "$what: {$error->getMessage()}.";
            return false;
        }
    }

    /** @return array<string, mixed> */
    public function toArray(): array
    {
        return ['level' => $this->level, 'abi' => $this->abi, 'hides' => $this->hides, 'missing' => $this->missing];
    }
}
