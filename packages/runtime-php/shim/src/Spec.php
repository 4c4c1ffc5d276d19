<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** What to run: the `spec` of START, checked (PROTOCOL.md §3). */
final class Spec
{
    private const PATHS = ['socket', 'entry', 'folder', 'root'];
    private const MAPS = ['env', 'process_env', 'secrets', 'context'];

    /**
     * @param array<string, string> $env
     * @param array<string, string> $processEnv
     * @param array<string, string> $secrets
     * @param array<string, mixed> $context
     */
    private function __construct(
        public readonly string $socket,
        public readonly string $entry,
        public readonly string $folder,
        public readonly string $root,
        public readonly ?string $handler,
        public readonly ?string $adapter,
        public readonly array $env,
        public readonly array $processEnv,
        public readonly array $secrets,
        public readonly array $context,
        public readonly int $maxFrame,
        public readonly int $memoryMb,
        public readonly ?Sandbox $sandbox,
    ) {
    }

    /**
     * @param array<string, mixed> $map
     * @throws StartError invalid_spec
     */
    public static function from(array $map): self
    {
        foreach (self::PATHS as $key) {
            $value = $map[$key] ?? null;
            if (!\is_string($value) || ($value[0] ?? '') !== '/' || \str_contains($value, "\0")) {
                throw self::invalid("`$key` must be an absolute path, not " . Describe::value($value) . '.');
            }
        }
        foreach (self::MAPS as $key) {
            $map[$key] ??= [];
            if (!\is_array($map[$key])) {
                throw self::invalid("`$key` must be a map, not " . Describe::value($map[$key]) . '.');
            }
        }
        foreach (['env', 'process_env'] as $key) {
            foreach ($map[$key] as $name => $value) {
                $name = (string) $name;
                if (!\is_string($value) || $name === '' || \strpbrk($name, "=\0") !== false || \str_contains($value, "\0")) {
                    throw self::invalid("`$name` of `$key` cannot be an environment variable.");
                }
            }
        }
        foreach (['handler', 'adapter'] as $key) {
            if (isset($map[$key]) && !\is_string($map[$key])) {
                throw self::invalid("`$key` must be a str or nil, not " . Describe::value($map[$key]) . '.');
            }
        }
        if (!\is_array($map['sandbox'] ?? [])) {
            throw self::invalid('`sandbox` must be a map or nil, not ' . Describe::value($map['sandbox']) . '.');
        }
        $limit = $map['max_frame'] ?? 0;
        $memory = $map['memory_mb'] ?? 0;
        return new self(
            $map['socket'],
            $map['entry'],
            $map['folder'],
            $map['root'],
            $map['handler'] ?? null,
            $map['adapter'] ?? null,
            $map['env'],
            $map['process_env'],
            $map['secrets'],
            $map['context'],
            \is_int($limit) && $limit > 0 ? $limit : FrameReader::DEFAULT_LIMIT,
            \is_int($memory) && $memory > 0 ? $memory : 0,
            isset($map['sandbox']) ? new Sandbox($map['sandbox']) : null,
        );
    }

    private static function invalid(string $message): StartError
    {
        return new StartError('invalid_spec', $message);
    }
}
