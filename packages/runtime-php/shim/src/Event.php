<?php

declare(strict_types=1);

namespace FastFN;

use FastFN\Shim\EventFactory;

/**
 * One request (SPEC §6), used like an array: `$event['query']['name'] ?? 'world'`, `foreach`, `count`, `json_encode`. What
 * nobody asks for is not worked out. A handler that declares `array $event` gets a plain array in its place.
 *
 * @implements \ArrayAccess<string, mixed>
 * @implements \IteratorAggregate<string, mixed>
 */
final class Event implements \ArrayAccess, \IteratorAggregate, \Countable, \JsonSerializable
{
    /** The body as bytes, empty when there is none. No key of the array, which stays JSON; `$event['raw_body']` works too. */
    public readonly string $raw_body;

    /** @var array<string, mixed> what was asked for so far */
    private array $fields = [];
    /** Nothing more is to be worked out. */
    private bool $complete = false;

    /**
     * Not for handlers: events are made by the runtime.
     *
     * @param list<mixed> $message
     */
    public function __construct(
        private readonly array $message,
        private readonly EventFactory $factory,
        private readonly float $receivedMs,
    ) {
        $this->raw_body = $message[15];
    }

    /**
     * The body as JSON, objects as associative arrays; null when there is no body.
     *
     * @throws \JsonException it is no JSON
     */
    public function json(bool $associative = true): mixed
    {
        return $this->raw_body === '' ? null : \json_decode($this->raw_body, $associative, 512, \JSON_THROW_ON_ERROR);
    }

    /** @return array<string, mixed> */
    public function toArray(): array
    {
        if (!$this->complete) {
            $all = $this->factory->all($this->message, $this->receivedMs);
            // What a handler has changed already stays.
            $this->fields = $this->fields === [] ? $all : \array_replace($all, $this->fields);
            $this->complete = true;
        }
        return $this->fields;
    }

    public function &offsetGet(mixed $key): mixed
    {
        if (!\array_key_exists($key, $this->fields)) {
            if ($key === 'raw_body') {
                $bytes = $this->raw_body;
                return $bytes;
            }
            if (!$this->complete && isset(EventFactory::IS_FIELD[$key])) {
                $this->fields[$key] = $this->factory->field($key, $this->message, $this->receivedMs);
            } else {
                \trigger_error("The event has no key \"$key\"", \E_USER_WARNING);
                $nothing = null;
                return $nothing;
            }
        }
        return $this->fields[$key];
    }

    public function offsetExists(mixed $key): bool
    {
        if (isset($this->fields[$key]) || $key === 'raw_body') {
            return true;
        }
        return !$this->complete && isset(EventFactory::IS_FIELD[$key]) && $this->offsetGet($key) !== null;
    }

    public function offsetSet(mixed $key, mixed $value): void
    {
        $this->toArray();
        if ($key === null) {
            $this->fields[] = $value;
        } else {
            $this->fields[$key] = $value;
        }
    }

    public function offsetUnset(mixed $key): void
    {
        $this->toArray();
        unset($this->fields[$key]);
    }

    public function getIterator(): \ArrayIterator
    {
        return new \ArrayIterator($this->toArray());
    }

    public function count(): int
    {
        return \count($this->toArray());
    }

    /** What is a map stays one when it is empty, or has keys like "0". */
    public function jsonSerialize(): array
    {
        return EventFactory::withMaps($this->toArray());
    }
}
