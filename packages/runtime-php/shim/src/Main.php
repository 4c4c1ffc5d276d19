<?php

declare(strict_types=1);

namespace FastFN\Shim;

/** The command line: `--socket <path> [--lifeline]` for a daemon, `--worker` for a worker that could not be forked. */
final class Main
{
    /**
     * @param string $shim absolute path of the program
     * @param list<string> $arguments
     * @param bool $fromStdin PHP reads the program from its stdin; what that was before is file descriptor 3
     * @return Worker in a worker; a daemon never comes back
     */
    public static function start(string $shim, array $arguments, bool $fromStdin): Worker
    {
        if ($arguments === ['--worker']) {
            return new Worker(self::takeSeat());
        }
        $socket = null;
        $lifeline = null;
        while (($argument = \array_shift($arguments)) !== null) {
            if ($argument === '--socket' && $arguments !== []) {
                $socket = \array_shift($arguments);
            } elseif ($argument === '--lifeline') {
                $lifeline = \fopen($fromStdin ? 'php://fd/3' : 'php://stdin', 'r');
                \stream_set_read_buffer($lifeline, 0);
            } else {
                self::fail("Unknown argument $argument.");
            }
        }
        if ($socket === null) {
            self::fail('Usage: fastfn_php.php --socket <path> [--lifeline]');
        }
        $limit = \filter_var(\getenv('FN_MAX_FRAME_BYTES'), \FILTER_VALIDATE_INT, ['options' => ['min_range' => 1]]);
        $daemon = new Daemon($socket, $lifeline, new Spawner($shim), $limit ?: FrameReader::DEFAULT_LIMIT);
        try {
            $daemon->run();
        } catch (Forked $forked) {
            $daemon->abandon();
            return new Worker($forked->seat);
        } catch (\RuntimeException $error) {
            self::fail("The daemon cannot listen on $socket: {$error->getMessage()}.");
        }
        exit(0);
    }

    /** In a process of its own: file descriptors 3 to 5 are the line to the daemon and the ends of our pipes. */
    private static function takeSeat(): Seat
    {
        \posix_setpgid(0, 0);
        $line = new Line(\fopen('php://fd/3', 'r+'));
        $outputs = [1 => \fopen('php://fd/4', 'r'), 2 => \fopen('php://fd/5', 'r')];
        foreach ($outputs as $pipe) {
            \stream_set_read_buffer($pipe, 0);
        }
        $messages = $line->receive() ?? exit(1);
        try {
            $spec = Spec::from($messages[0][1]);
            $listener = Io::listen($spec->socket);
        } catch (\RuntimeException | StartError $error) {
            $text = "The worker's socket {$messages[0][1]['socket']} cannot be made: {$error->getMessage()}.";
            $line->send(Line::LISTENING, 'socket_failed', $text);
            exit(1);
        }
        $line->send(Line::LISTENING);
        return new Seat($spec, $listener, $line, $outputs);
    }

    private static function fail(string $message): never
    {
        \fwrite(\fopen('php://fd/2', 'w'), "$message\n");
        exit(1);
    }
}
