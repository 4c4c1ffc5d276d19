<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** The connections of a worker: greets gateways, puts their calls in a row, and hears what they say meanwhile. */
final class Server
{
    /** How long a gateway is awaited before the handler is loaded, which may take long. */
    private const GREETING_S = 1.0;
    /** How often it is looked whether a HELLO is overdue. */
    private const HANDSHAKE_CHECK_S = 1.0;

    /** @var array<int, Connection> by stream */
    private array $connections = [];
    /** @var \SplQueue<Call> */
    private readonly \SplQueue $queue;
    /** What every new connection is told; empty until the handler is loaded. */
    private string $ready = '';
    /** Connections whose HELLO has not come. */
    private int $unsettled = 0;

    /** @param resource $listener */
    public function __construct(
        private $listener,
        private readonly Tether $tether,
        private readonly Output $output,
        private readonly int $limit,
    ) {
        $this->queue = new \SplQueue();
    }

    /**
     * Says HELLO to the gateway that had this worker started. Before the handler is loaded, because nobody can greet while
     * it is: PHP does one thing at a time.
     */
    public function greetFirst(): void
    {
        $reads = [$this->listener];
        $writes = [];
        if (Io::select($reads, $writes, self::GREETING_S) && $reads !== []) {
            $this->accept();
        }
    }

    /** @param array<string, mixed> $info of READY */
    public function announce(array $info): void
    {
        $this->ready = Messages::frame(Messages::READY, $info);
        $this->broadcast($this->ready);
    }

    public function broadcast(string $frames): void
    {
        foreach ($this->connections as $connection) {
            $connection->send($frames);
        }
    }

    /** What belongs to no call is told one gateway. */
    public function tellOne(string $frames): void
    {
        if ($frames !== '' && $this->connections !== []) {
            \reset($this->connections)->send($frames);
        }
    }

    /** The next call to run; null: there will be none, the worker is to end. */
    public function next(): ?Call
    {
        while (!$this->tether->stopping) {
            while (!$this->queue->isEmpty()) {
                $call = $this->queue->dequeue();
                $late = $call->isLate();
                if (!$late && !$call->isLost()) {
                    return $call;
                }
                $this->end($call, $late ? Messages::notBegun($call->id) : Messages::canceled($call->id));
            }
            $this->pump($this->unsettled > 0 ? self::HANDSHAKE_CHECK_S : null);
            if ($this->tether->relieved) {
                // The daemon has what was printed since the last call.
                $this->tellOne($this->output->frames(0, ''));
            }
        }
        return null;
    }

    /** Sends the last frames of a call. */
    public function end(Call $call, string $frames): void
    {
        unset($call->connection->calls[$call->id]);
        $call->connection->send($frames);
    }

    /**
     * Reads what has come.
     *
     * @param float|null $seconds how long to wait for it; null: until it comes
     * @param bool $inCall what is printed belongs to a call
     */
    public function pump(?float $seconds, bool $inCall = false): void
    {
        $reads = [$this->listener, $this->tether->stream()];
        if (!$inCall) {
            [$reads[], $reads[]] = $this->output->pipes();
        }
        foreach ($this->connections as $connection) {
            $reads[] = $connection->stream;
        }
        $writes = [];
        Io::select($reads, $writes, $seconds);
        foreach ($reads as $stream) {
            $connection = $this->connections[(int) $stream] ?? null;
            if ($connection !== null) {
                $this->read($connection);
            } elseif ($stream === $this->listener) {
                $this->accept();
            } elseif ($stream === $this->tether->stream()) {
                $this->tether->hear();
            } else {
                $this->tellOne($this->output->frames(0, ''));
            }
        }
        if (\function_exists('pcntl_signal_dispatch')) {
            \pcntl_signal_dispatch();
        }
        if ($this->unsettled > 0) {
            $this->checkHandshakes();
        }
    }

    /** In a process made for one call: hears nobody else. The others' calls are for the process that goes on. */
    public function keepOnly(Connection $connection): void
    {
        $this->connections = [(int) $connection->stream => $connection];
        while (!$this->queue->isEmpty()) {
            $this->queue->dequeue();
        }
    }

    /** Tells everybody why there will be no calls: those that are here, and those on their way. */
    public function refuse(string $frames): void
    {
        $this->ready = $frames;
        $this->broadcast($frames);
        $until = Clock::now() + self::GREETING_S;
        while ($this->connections === [] && Clock::now() < $until) {
            $this->pump($until - Clock::now());
        }
        foreach ($this->connections as $connection) {
            $connection->closeGently();
        }
    }

    private function accept(): void
    {
        $stream = Io::accept($this->listener);
        if ($stream === null) {
            return;
        }
        $connection = new Connection($stream, $this->limit);
        $this->connections[(int) $stream] = $connection;
        $this->unsettled++;
        $info = ['role' => 'worker', 'runtime' => 'php', 'pid' => \getmypid()];
        $connection->send(Messages::frame(Messages::HELLO, Messages::VERSION, $info) . $this->ready);
    }

    private function read(Connection $connection): void
    {
        $data = Io::receive($connection->stream);
        try {
            if ($data === '') {
                $connection->reader->checkEnd();
                $this->drop($connection);
                return;
            }
            foreach ($connection->reader->feed($data) as $payload) {
                $message = Invoke::read($payload) ?? Messages::read($payload, Messages::TO_WORKER);
                if ($message[0] === Messages::INVOKE && $connection->greeted) {
                    $this->invoke($connection, $message);
                } else {
                    $this->control($connection, $message);
                }
                if ($connection->closed) {
                    $this->drop($connection);
                    return;
                }
            }
        } catch (Fault $fault) {
            $this->fault($connection, $fault);
        }
    }

    /** @param list<mixed> $message */
    private function invoke(Connection $connection, array $message): void
    {
        $call = new Call($connection, $message);
        if (isset($connection->calls[$call->id])) {
            throw Fault::malformed("the call id $call->id is in use");
        }
        $connection->calls[$call->id] = $call;
        if ($call->isComplete()) {
            $this->queue->enqueue($call);
        }
    }

    /** @param list<mixed> $message */
    private function control(Connection $connection, array $message): void
    {
        $type = $message[0];
        if ($type === Messages::FAULT) {
            $connection->closed = true;
            return;
        }
        if (!$connection->greeted) {
            Messages::checkGreeting($message);
            $connection->greeted = true;
            $this->unsettled--;
            return;
        }
        $call = $connection->calls[$message[1]] ?? null;
        switch ($type) {
            case Messages::PING:
                $connection->send(Messages::frame(Messages::PONG, $message[1]));
                break;
            case Messages::HELLO:
                throw new Fault('unexpected_message', 'HELLO came twice.');
            case Messages::INPUT:
                if ($call !== null && !$call->isComplete()) {
                    $call->addInput($message[2], $message[3]);
                    if ($call->isComplete()) {
                        $this->queue->enqueue($call);
                    }
                }
                break;
            case Messages::CANCEL:
                if ($call !== null) {
                    $call->canceled = true;
                    if (!$call->isComplete()) {
                        // It never began.
                        $this->end($call, Messages::canceled($call->id));
                    }
                }
                break;
            case Messages::CREDIT:
                if ($call !== null) {
                    $call->credit += $message[2];
                }
        }
    }

    private function drop(Connection $connection): void
    {
        unset($this->connections[(int) $connection->stream]);
        if (!$connection->greeted) {
            $this->unsettled--;
        }
        $connection->close();
    }

    private function fault(Connection $connection, Fault $fault): void
    {
        $connection->send(Messages::fault($fault));
        $this->drop($connection);
    }

    private function checkHandshakes(): void
    {
        $now = Clock::now();
        foreach ($this->connections as $connection) {
            if (!$connection->greeted && $connection->deadline <= $now) {
                $text = 'No HELLO came within ' . Messages::HANDSHAKE_S . ' s.';
                $this->fault($connection, new Fault('handshake_timeout', $text));
            }
        }
    }
}
