<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** What a developer wants to know of an error: the user's own line, and a stack without ours. */
final class Failure
{
    private const MAX_MESSAGE = 8192;
    private const MAX_STACK = 32768;
    /** What ends a script, and cannot be caught. */
    private const FATAL = \E_ERROR | \E_PARSE | \E_CORE_ERROR | \E_COMPILE_ERROR | \E_USER_ERROR | \E_RECOVERABLE_ERROR;

    private function __construct(
        public readonly string $type,
        public readonly string $message,
        public readonly string $file,
        public readonly int $line,
        public readonly string $stack,
    ) {
    }

    public static function of(\Throwable $error, UserCode $code): self
    {
        [$file, $line] = self::ownPlace($error, $code);
        $type = \get_debug_type($error);
        return new self($type, self::text($error->getMessage(), self::MAX_MESSAGE), $file, $line, self::stack($error));
    }

    /** What ended the process before its time; null: nothing did, it was `exit`. */
    public static function fatal(): ?self
    {
        $error = \error_get_last();
        if ($error === null || ($error['type'] & self::FATAL) === 0) {
            return null;
        }
        $message = self::text($error['message'], self::MAX_MESSAGE);
        $type = $error['type'] === \E_PARSE ? 'ParseError' : 'Fatal error';
        $place = "{$error['file']}:{$error['line']}";
        return new self($type, $message, $error['file'], $error['line'], "$type: $message in $place");
    }

    public function summary(): string
    {
        return $this->message === '' ? $this->type : "$this->type: $this->message";
    }

    /** @return array<string, mixed> the `debug` map of ERROR and LOAD_ERROR */
    public function debug(): array
    {
        return [
            'type' => $this->type,
            'message' => $this->message,
            'file' => Utf8::mend($this->file),
            'line' => $this->line,
            'source' => $this->source(),
            'stack' => $this->stack,
        ];
    }

    private function source(): ?string
    {
        $lines = @\file($this->file);
        $line = $lines === false ? '' : \trim($lines[$this->line - 1] ?? '');
        return $line === '' ? null : self::text($line, 500);
    }

    /** @return array{string, int} the innermost place in the user's own files, else the innermost that is not ours */
    private static function ownPlace(\Throwable $error, UserCode $code): array
    {
        $places = [[$error->getFile(), $error->getLine()]];
        foreach ($error->getTrace() as $frame) {
            if (isset($frame['file'], $frame['line'])) {
                $places[] = [$frame['file'], $frame['line']];
            }
        }
        $fallback = null;
        foreach ($places as $place) {
            if ($code->isOwn($place[0])) {
                return $place;
            }
            if (!self::isOurs($place[0])) {
                $fallback ??= $place;
            }
        }
        return $fallback ?? $places[0];
    }

    private static function isOurs(string $file): bool
    {
        return \str_starts_with($file, \dirname(__DIR__) . '/') || $file === 'Standard input code';
    }

    /** In PHP's own format, the causes first. */
    private static function stack(\Throwable $error): string
    {
        $parts = [];
        for ($one = $error; $one !== null && \count($parts) < 10; $one = $one->getPrevious()) {
            $lines = [];
            foreach ($one->getTrace() as $frame) {
                $class = $frame['class'] ?? '';
                if (isset($frame['file']) ? self::isOurs($frame['file']) : \str_starts_with($class, __NAMESPACE__)) {
                    continue;
                }
                $place = isset($frame['file']) ? "{$frame['file']}({$frame['line']})" : '[internal function]';
                $lines[] = \sprintf('#%d %s: %s%s%s()', \count($lines), $place, $class, $frame['type'] ?? '', $frame['function']);
            }
            $head = \get_debug_type($one) . ': ' . $one->getMessage() . " in {$one->getFile()}:{$one->getLine()}";
            \array_unshift($parts, \implode("\n", [$head, ...$lines]));
        }
        return self::text(\implode("\n\nNext ", $parts), self::MAX_STACK);
    }

    private static function text(string $text, int $limit): string
    {
        return Utf8::mend(\strlen($text) > $limit ? \substr($text, 0, $limit) . '…' : $text);
    }
}
