<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** Cuts what a socket gives into payloads (PROTOCOL.md §1). Keeps less than one frame. */
final class FrameReader
{
    public const DEFAULT_LIMIT = 16777216;
    /** Part of the limit kept free for everything but the body. */
    public const HEADROOM = 65536;

    private string $rest = '';
    /** Bytes of the unfinished frame with its length, as far as known. */
    private int $need = 4;

    public function __construct(private readonly int $limit)
    {
    }

    /**
     * To be asked when the other side has ended.
     *
     * @throws Fault malformed_frame, it ended inside a frame
     */
    public function checkEnd(): void
    {
        if ($this->rest !== '') {
            throw new Fault('malformed_frame', 'The other side closed inside a frame.');
        }
    }

    /**
     * Payloads that `$data` completes, each as soon as it is asked for: a fault in the second leaves the first alone.
     *
     * @return iterable<string>
     * @throws Fault malformed_frame, frame_too_large; decided from the length alone
     */
    public function feed(string $data): iterable
    {
        $size = \strlen($data);
        if ($this->rest === '' && $size > 4) {
            // Nearly always: exactly one whole frame.
            $length = \unpack('N', $data)[1];
            if ($length + 4 === $size && $length <= $this->limit) {
                return [\substr($data, 4)];
            }
        }
        $this->rest .= $data;
        return \strlen($this->rest) < $this->need ? [] : $this->cut();
    }

    /** @return \Generator<string> */
    private function cut(): \Generator
    {
        $data = $this->rest;
        $this->rest = '';
        $size = \strlen($data);
        $at = 0;
        $this->need = 4;
        while ($size - $at >= 4) {
            $length = \unpack('N', $data, $at)[1];
            if ($length === 0) {
                throw new Fault('malformed_frame', 'A frame of zero length came.');
            }
            if ($length > $this->limit) {
                throw new Fault('frame_too_large', "A frame of $length bytes came; the limit is {$this->limit}.");
            }
            if ($at + 4 + $length > $size) {
                $this->need = 4 + $length;
                break;
            }
            yield \substr($data, $at + 4, $length);
            $at += 4 + $length;
        }
        $this->rest = \substr($data, $at);
    }
}
