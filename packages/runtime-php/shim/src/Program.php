<?php

declare(strict_types=1);

namespace FastFN\Shim;

/**
 * What a handler file turns out to be (SPEC §7): a function of the wanted name, a function that it returns, or a script,
 * whose output is the body. Whether it is a script is found out by reading it, since a script must not run before the
 * first request.
 */
final class Program
{
    private const DEFAULT_NAME = 'handler';

    /** Null: it is a script. */
    public ?\Closure $handler = null;
    /** Wants a plain array for the event, and the parameters beside it. */
    public bool $wantsArray = false;
    public bool $wantsParams = false;
    /** Each run of the script gets a process of its own, where PHP can fork: another run would trip over this one. */
    public readonly bool $leavesTraces;
    public readonly bool $isScript;

    public function __construct(private readonly UserCode $code, private readonly ?string $wanted)
    {
        $source = @\file_get_contents($code->entry);
        $script = $wanted === null && $source !== false && self::looksLikeScript($source);
        $this->isScript = $script;
        $this->leavesTraces = $script && self::leavesTraces($source);
    }

    /**
     * Finds the function, when the file has run.
     *
     * @param mixed $returned what the file returned
     * @param list<string> $before names of the functions there were before, lower case
     * @throws LoadError there is none
     */
    public function find(mixed $returned, array $before): void
    {
        $name = $this->wanted ?? self::DEFAULT_NAME;
        $new = \array_diff(\get_defined_functions()['user'], $before);
        foreach ($new as $function) {
            // Also in a namespace of the file's own.
            if ($function === \strtolower($name) || \str_ends_with($function, '\\' . \strtolower($name))) {
                $this->use($function(...));
                return;
            }
        }
        if ($this->wanted === null && self::isFunction($returned)) {
            $this->use(\Closure::fromCallable($returned));
            return;
        }
        $text = \basename($this->code->entry) . " has no function `$name`";
        $own = \array_filter($new, fn($function) => (new \ReflectionFunction($function))->getFileName() === $this->code->entry);
        $text .= $own === []
            ? ', and defines none at all.'
            : '. It has: ' . \implode(', ', \array_slice($own, 0, 20)) . '. Rename one, or name it in `invoke.handler`.';
        throw new LoadError('handler_error', $text);
    }

    public static function isFunction(mixed $value): bool
    {
        return !\is_string($value) && \is_callable($value);
    }

    public function use(\Closure $handler): void
    {
        $this->handler = $handler;
        $parameters = (new \ReflectionFunction($handler))->getParameters();
        $this->wantsParams = isset($parameters[1]) || (isset($parameters[0]) && $parameters[0]->isVariadic());
        $type = isset($parameters[0]) ? $parameters[0]->getType() : null;
        $this->wantsArray = $type instanceof \ReflectionNamedType && $type->getName() === 'array';
    }

    /** Whether the file neither defines a function `handler` nor returns a function. */
    private static function looksLikeScript(string $source): bool
    {
        if (\preg_match('/\bfunction\s+&?\s*' . self::DEFAULT_NAME . '\s*\(/i', $source) === 1) {
            return false;
        }
        try {
            $tokens = \PhpToken::tokenize($source, \TOKEN_PARSE);
        } catch (\ParseError) {
            // Loading it says where.
            return false;
        }
        $tokens = \array_values(\array_filter($tokens, static fn($token) => !$token->isIgnorable()));
        $depth = 0;
        foreach ($tokens as $at => $token) {
            if ($token->is(['{', \T_CURLY_OPEN, \T_DOLLAR_OPEN_CURLY_BRACES])) {
                $depth++;
            } elseif ($token->is('}')) {
                $depth--;
            } elseif ($depth === 0 && $token->is(\T_RETURN)) {
                $next = $tokens[$at + 1];
                $next = $next->is(\T_STATIC) ? $tokens[$at + 2] : $next;
                if ($next->is([\T_FUNCTION, \T_FN])) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether the script may define, include or end something. */
    private static function leavesTraces(string $source): bool
    {
        $marks = [
            \T_FUNCTION, \T_CLASS, \T_INTERFACE, \T_TRAIT, \T_ENUM, \T_CONST, \T_EXIT, \T_EVAL, \T_GLOBAL, \T_STATIC,
            \T_INCLUDE, \T_INCLUDE_ONCE, \T_REQUIRE, \T_REQUIRE_ONCE, \T_HALT_COMPILER,
        ];
        foreach (\PhpToken::tokenize($source) as $token) {
            if ($token->is($marks) || ($token->is(\T_STRING) && \preg_match('/^(define|set_|ini_|register_|putenv|ob_)/i', $token->text) === 1)) {
                return true;
            }
        }
        return false;
    }
}
