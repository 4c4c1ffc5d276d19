<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** From the value of a handler, or what it threw, to the frames of an answer. */
final class Answers
{
    public function __construct(
        private readonly Server $server,
        private readonly Output $output,
        private readonly Responder $responder,
        private readonly UserCode $code,
        private readonly int $limit,
    ) {
    }

    /**
     * Sends an answer but for its last frame, which is returned: what the call printed must be sent before it.
     *
     * @param mixed $value what the handler returned; the caller keeps no reference, or streams are not closed in time
     * @throws InvalidResponse
     * @throws Canceled nobody wants the rest
     */
    public function send(Call $call, mixed $value): string
    {
        $reply = $this->responder->read($value);
        unset($value);
        return $this->sendReply($call, $reply);
    }

    /** As {@see send}. */
    public function sendReply(Call $call, Reply|ProxyReply $reply): string
    {
        if ($reply instanceof ProxyReply) {
            return Messages::frame(Messages::PROXY, $call->id, $reply->directive);
        }
        $body = $reply->body;
        if ($body instanceof Stream) {
            return $this->sendStream($call, $reply, $body);
        }
        $room = \max(1024, $this->limit - FrameReader::HEADROOM);
        if (\strlen($body) <= $room) {
            return Messages::head($call->id, $reply->status, $reply->headers, true, $body);
        }
        $this->sendHead($call, $reply->status, $reply->headers, \substr($body, 0, $room));
        $this->sendChunks($call, $body, $room);
        return Messages::end($call->id);
    }

    /** The last frame of a call that failed. What was thrown goes to its output, and so to the log, as well. */
    public function error(Call $call, \Throwable $error): string
    {
        if ($error instanceof InvalidResponse) {
            $this->output->note($error->getMessage());
            return Messages::frame(Messages::ERROR, $call->id, 'invalid_response', $error->getMessage(), null);
        }
        return $this->failure($call, Failure::of($error, $this->code));
    }

    public function failure(Call $call, Failure $failure): string
    {
        $this->output->note($failure->stack);
        $debug = $failure->debug();
        return Messages::frame(Messages::ERROR, $call->id, 'handler_error', $failure->summary(), $debug);
    }

    /** Piece by piece, each as soon as it is there; the next is asked for only when it may be sent. */
    private function sendStream(Call $call, Reply $reply, Stream $stream): string
    {
        $headers = $reply->headers;
        $type = Headers::find($headers, 'content-type');
        try {
            if ($type !== null && \stripos($type, 'text/event-stream') === 0) {
                // Who listens for events wants to know at once that it is connected.
                $this->sendHead($call, $reply->status, $headers, '');
            }
            for ($more = $stream->begin(); $more; $more = $stream->next()) {
                $this->server->pump(0, true);
                if ($call->isLost()) {
                    throw new Canceled();
                }
                $piece = $stream->piece();
                if ($piece === '') {
                    continue;
                }
                $sent = 0;
                if (!$call->headSent) {
                    $typed = $stream->typed ? $headers : [...$headers, ...Responder::typeOfPiece($piece)];
                    $this->sendHead($call, $reply->status, $typed, \substr($piece, 0, Messages::MAX_CHUNK));
                    $sent = Messages::MAX_CHUNK;
                }
                $this->sendChunks($call, $piece, $sent);
            }
        } finally {
            $stream->close();
        }
        return $call->headSent
            ? Messages::end($call->id)
            : Messages::head($call->id, $reply->status, $headers, true, '');
    }

    /** @param list<string> $headers */
    private function sendHead(Call $call, int $status, array $headers, string $body): void
    {
        $call->headSent = true;
        // With what was printed so far: an answer that takes its time is followed in the log.
        $printed = $this->output->frames($call->id, $this->output->takeEcho($dropped), $dropped);
        $call->connection->send($printed . Messages::head($call->id, $status, $headers, false, $body));
    }

    private function sendChunks(Call $call, string $bytes, int $from): void
    {
        for ($size = \strlen($bytes); $from < $size; $from += Messages::MAX_CHUNK) {
            $chunk = \substr($bytes, $from, Messages::MAX_CHUNK);
            $need = \strlen($chunk);
            while ($call->credit < $need) {
                if ($call->isLost()) {
                    throw new Canceled();
                }
                $this->server->pump(1, true);
            }
            $call->credit -= $need;
            $call->connection->send(Messages::chunk($call->id, $chunk));
        }
    }
}
