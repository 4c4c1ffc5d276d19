<?php

declare(strict_types=1);

namespace FastFN\Shim;

/**
 * Everything that the handler's process prints, told apart by call (PROTOCOL.md, "Output").
 *
 * What is echoed is kept in a buffer, since it may turn out to be the body. The rest, `error_log`, PHP's own warnings,
 * STDOUT, STDERR and child processes, goes to file descriptors 1 and 2: pipes that are emptied when a call ends. A handler
 * that fills one is relieved by the daemon ({@see Child}).
 */
final class Output
{
    /** More than that cannot be a body; a handler that has more to say streams. */
    public const MAX_ECHO = 33554432;
    private const ECHO_STEP = 8192;

    private string $echo = '';
    private int $echoDropped = 0;
    /** What the shim itself has to say. */
    private string $notes = '';

    /** @param array{1: resource, 2: resource} $pipes read ends */
    public function __construct(private readonly array $pipes, private readonly Tether $tether)
    {
        foreach ($pipes as $pipe) {
            \stream_set_blocking($pipe, false);
        }
        $this->capture();
    }

    /** @return array{resource, resource} */
    public function pipes(): array
    {
        return [$this->pipes[1], $this->pipes[2]];
    }

    private function capture(): void
    {
        \ob_start(function (string $bytes): string {
            $room = self::MAX_ECHO - \strlen($this->echo);
            if (\strlen($bytes) > $room) {
                $this->echoDropped += \strlen($bytes) - $room;
                $bytes = \substr($bytes, 0, $room);
            }
            $this->echo .= $bytes;
            return '';
        }, self::ECHO_STEP);
    }

    /** A line for the log, as if the handler had printed it to stderr. */
    public function note(string $text): void
    {
        $this->notes .= $text . "\n";
    }

    /**
     * What was echoed since the last time. Buffers that the handler left open are flushed.
     *
     * @param int|null $dropped set to how many bytes more there were
     */
    public function takeEcho(?int &$dropped = null): string
    {
        $level = \ob_get_level();
        for (; $level > 1; $level--) {
            @\ob_end_flush();
        }
        if ($level === 0) {
            // The handler has ended even this one; what it echoed since went to stdout.
            $this->capture();
        } elseif (\ob_get_length() > 0) {
            \ob_flush();
        }
        $echo = $this->echo;
        $dropped = $this->echoDropped;
        $this->echo = '';
        $this->echoDropped = 0;
        return $echo;
    }

    /**
     * OUTPUT frames of what was printed until now.
     *
     * @param int $id of the call; 0: it belongs to none
     * @param string $echo of it, what was echoed and is no body
     */
    public function frames(int $id, string $echo, int $echoDropped = 0): string
    {
        [$out, $outDropped, $err, $errDropped] = $this->empty();
        if ($this->notes !== '') {
            $err .= $this->notes;
            $this->notes = '';
        }
        if ($echo !== '') {
            $out = $echo . $out;
            $outDropped += $echoDropped;
        }
        $frames = '';
        if ($out !== '' || $outDropped > 0) {
            foreach (OutputText::split($out, $outDropped) as $text) {
                $frames .= Messages::frame(Messages::OUTPUT, $id, 1, $text);
            }
        }
        if ($err !== '' || $errDropped > 0) {
            foreach (OutputText::split($err, $errDropped) as $text) {
                $frames .= Messages::frame(Messages::OUTPUT, $id, 2, $text);
            }
        }
        return $frames;
    }

    /** @return array{string, int, string, int} stdout, bytes lost of it, stderr, bytes lost of it */
    private function empty(): array
    {
        $found = ['', 0, '', 0];
        $writes = [];
        // A child process may write for ever: no more than a few pipes full at once.
        for ($turn = 0; $turn < 4; $turn++) {
            if ($this->tether->relieved) {
                foreach ($this->tether->collect() as $at => $part) {
                    $found[$at] = $at % 2 === 0 ? $found[$at] . $part : $found[$at] + $part;
                }
                continue;
            }
            $reads = [$this->pipes[1], $this->pipes[2], $this->tether->stream()];
            Io::select($reads, $writes, 0);
            if ($reads === []) {
                break;
            }
            if (\end($reads) === $this->tether->stream()) {
                $this->tether->hear();
                continue;
            }
            $found[0] .= Io::read($this->pipes[1]);
            $found[2] .= Io::read($this->pipes[2]);
        }
        return $found;
    }
}
