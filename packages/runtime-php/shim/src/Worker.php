<?php

declare(strict_types=1);

namespace FastFN\Shim;

/**
 * A worker process, from its first moment to its exit. The program's top level drives it: handler files and scripts run
 * there, and nowhere else, so that their variables are global as PHP's users expect.
 */
final class Worker
{
    /** Calls taken in advance. None where `exit` may end the process under them. */
    private const AHEAD = 31;
    /** What PHP's own configuration gives a web request; for those that say nothing. */
    private const MEMORY_LIMIT = '256M';

    public readonly string $entry;
    private readonly Spec $spec;
    private readonly Tether $tether;
    private readonly Output $output;
    private readonly Server $server;
    private readonly UserCode $code;
    private readonly Packages $packages;
    private readonly EventFactory $events;
    private readonly Responder $responder;
    private readonly Answers $answers;
    private readonly Program $program;
    private readonly float $startedAt;
    private int $pid;
    /** @var array<string, mixed> what `$_SERVER` is between calls */
    private array $serverGlobal = [];
    /** @var array<string, mixed> */
    private array $envGlobal = [];
    /** @var list<string> */
    private array $functionsBefore = [];
    /** @var array<string, int> */
    private array $globalsBefore = [];

    /** What restricts this process; null: nothing, or not yet. */
    private ?SandboxReport $sandbox = null;
    private bool $loading = true;
    /** The running call. */
    private ?Call $call = null;
    /** This process was made for one call of a script. */
    private bool $forOneCall = false;
    private int $filesTold = 0;
    /** The gateway knows that this process ends. */
    private bool $leaving = false;
    private bool $shuttingDown = false;

    public function __construct(Seat $seat)
    {
        $this->startedAt = Clock::now();
        $this->pid = \getmypid();
        $this->spec = $spec = $seat->spec;
        $this->entry = $spec->entry;
        $this->tether = new Tether($seat->line);
        if (\function_exists('pcntl_signal')) {
            \pcntl_async_signals(false);
            \pcntl_signal(\SIGCHLD, \SIG_DFL);
            \pcntl_signal(\SIGINT, \SIG_DFL);
            \pcntl_signal(\SIGTERM, function (): void {
                $this->tether->stopping = true;
            });
            \pcntl_sigprocmask(\SIG_UNBLOCK, [\SIGTERM, \SIGINT, \SIGCHLD]);
        }
        $this->output = new Output($seat->outputs, $this->tether);
        $this->server = new Server($seat->listener, $this->tether, $this->output, $spec->maxFrame);
        $this->code = new UserCode($spec->root, $spec->folder, $spec->entry);
        $this->packages = new Packages($spec->processEnv);
        $this->events = new EventFactory($spec);
        $this->responder = new Responder($this->output);
        $this->answers = new Answers($this->server, $this->output, $this->responder, $this->code, $spec->maxFrame);
        \register_shutdown_function($this->lastWords(...));
        $this->server->greetFirst();
        $this->applyEnvironment();
        $this->program = new Program($this->code, $spec->handler);
        // Where the handler runs in processes made for each call, those are restricted: the kernel lets no other make any.
        if (!$this->program->leavesTraces) {
            $this->sandbox = $this->restrict();
        }
    }

    /** From here on the function reaches what it may, and nothing else. */
    private function restrict(): ?SandboxReport
    {
        // Named pipes: `/dev/stderr` leads PHP to their names.
        $outputs = \array_filter([@\readlink('/proc/self/fd/1'), @\readlink('/proc/self/fd/2')]);
        return $this->spec->sandbox?->apply(\array_values($outputs));
    }

    private function applyEnvironment(): void
    {
        foreach ([...$this->spec->processEnv, ...$this->spec->env] as $name => $value) {
            if (!isset(Packages::VARIABLES[$name])) {
                \putenv("$name=$value");
            }
        }
        $entry = $this->entry;
        $_ENV = $this->envGlobal = \getenv();
        $paths = ['SCRIPT_FILENAME' => $entry, 'SCRIPT_NAME' => $entry, 'PHP_SELF' => $entry, 'DOCUMENT_ROOT' => $this->spec->root];
        $_SERVER = $this->serverGlobal = [...$this->envGlobal, ...$paths, 'argv' => [$entry], 'argc' => 1];
        $GLOBALS['argv'] = [$entry];
        $GLOBALS['argc'] = 1;
        // Where `memory_mb` is set, the pool measures and ends; PHP's own limit would be another, and another error.
        if ($this->spec->memoryMb > 0) {
            \ini_set('memory_limit', '-1');
        } elseif (\ini_get('memory_limit') === '-1') {
            \ini_set('memory_limit', self::MEMORY_LIMIT);
        }
        \clearstatcache(true);
        @\chdir($this->spec->folder);
        $this->code->setIncludePath();
        $this->packages->addIncludePath();
    }

    // --- loading

    /** Whether the entry is to be run now; else it is a script, and runs for each call. */
    public function isToBeLoaded(): bool
    {
        if ($this->spec->adapter !== null) {
            $text = "`invoke.adapter` is '{$this->spec->adapter}'; PHP has no adapters. Remove the key.";
            $this->failed(new LoadError('invalid_config', $text));
        }
        if (!\is_file($this->entry)) {
            $this->failed(new LoadError('handler_error', "$this->entry does not exist, or cannot be read."));
        }
        if (\function_exists('opcache_invalidate')) {
            // A cached file is known by its time alone; the one that was just edited must not be served stale.
            @\opcache_invalidate($this->entry, true);
        }
        try {
            $this->packages->load();
        } catch (\Throwable $error) {
            $this->failed($error);
        }
        $this->functionsBefore = \get_defined_functions()['user'];
        return !$this->program->isScript;
    }

    /** The entry has run. @param mixed $returned what it returned */
    public function loaded(mixed $returned): void
    {
        try {
            $this->program->find($returned, $this->functionsBefore);
        } catch (LoadError $error) {
            $this->failed($error);
        }
    }

    /** The entry cannot be used: says so to the gateways, and ends. */
    public function failed(\Throwable $error): never
    {
        if ($error instanceof LoadError) {
            $this->refuse($error->reason, $error->getMessage(), null);
        } else {
            $this->code->tried($error->getFile());
            $this->refuse('handler_error', null, Failure::of($error, $this->code));
        }
        exit(1);
    }

    private function refuse(string $reason, ?string $message, ?Failure $failure): void
    {
        $this->loading = false;
        if ($failure !== null && \str_contains($failure->stack, "\n")) {
            // What it is and where reaches the log by itself.
            $this->output->note($failure->stack);
        }
        $error = [
            'code' => $reason,
            'message' => $message ?? $failure->summary(),
            'debug' => $failure?->debug(),
            'files' => $this->code->files(),
        ];
        $printed = $this->output->frames(0, $this->output->takeEcho($dropped), $dropped);
        $this->server->refuse($printed . Messages::frame(Messages::LOAD_ERROR, $error));
    }

    // --- serving

    /** The handler is there. */
    public function announce(): void
    {
        $this->loading = false;
        $files = $this->code->files();
        $this->filesTold = \count(\get_included_files());
        $info = [
            'pid' => \getmypid(),
            'concurrency' => 1,
            'ahead' => $this->mayExit($files) ? 0 : self::AHEAD,
            'files' => $files,
            'load_ms' => \round((Clock::now() - $this->startedAt) * 1000, 3),
        ];
        if ($this->spec->sandbox !== null) {
            $info['sandbox'] = ($this->sandbox ?? Sandbox::expected())->toArray();
        }
        $this->server->announce($info);
        $this->server->tellOne($this->output->frames(0, $this->output->takeEcho($dropped), $dropped));
        $this->globalsBefore = \array_flip(\array_keys($GLOBALS));
    }

    /** @param list<string> $files */
    private function mayExit(array $files): bool
    {
        foreach ($files as $file) {
            if (\preg_match('/\b(exit|die)\b/i', (string) @\file_get_contents($file)) === 1) {
                return true;
            }
        }
        return $this->program->isScript;
    }

    /**
     * Serves calls until a script is to be run for one.
     *
     * @return bool false: there will be no more calls
     */
    public function serve(): bool
    {
        while (!$this->forOneCall && !$this->leaving && ($call = $this->server->next()) !== null) {
            $this->call = $call;
            $this->tether->keep(($call->message[14] & Messages::WANT_OUTPUT) !== 0);
            if ($this->program->handler !== null) {
                $_GET = $_POST = $_COOKIE = $_FILES = $_REQUEST = [];
                $_SERVER = $this->serverGlobal;
                $_ENV = $this->envGlobal;
                $this->answer($call);
            } elseif (!$this->program->leavesTraces || !$this->servedByAnother($call)) {
                $this->prepareScript($call);
                return true;
            }
        }
        return false;
    }

    private function answer(Call $call): void
    {
        try {
            // Given away at once: nothing here may hold a stream that is to be closed.
            $last = $this->answers->send($call, $this->callHandler($call->message) ?? $this->echoed());
        } catch (Canceled) {
            $last = Messages::canceled($call->id);
        } catch (\Throwable $error) {
            $last = $this->answers->error($call, $error);
        }
        $this->finish($call, $last);
    }

    /** @param list<mixed> $message */
    private function callHandler(array $message): mixed
    {
        $program = $this->program;
        $given = $program->wantsArray
            ? $this->events->all($message, \microtime(true) * 1000)
            : $this->events->make($message);
        return $program->wantsParams ? ($program->handler)($given, $given['params']) : ($program->handler)($given);
    }

    /** What was echoed, to be the body; null: nothing. */
    private function echoed(): ?string
    {
        $echo = $this->output->takeEcho($dropped);
        if ($dropped > 0) {
            $limit = Output::MAX_ECHO;
            throw new InvalidResponse("The handler echoed more than $limit bytes. For long answers return a Generator.");
        }
        return $echo === '' ? null : $echo;
    }

    private function finish(Call $call, string $last): void
    {
        $echo = $this->output->takeEcho($dropped);
        $printed = $this->output->frames($call->id, $echo, $dropped);
        $this->call = null;
        if (\count(\get_included_files()) !== $this->filesTold) {
            $this->filesTold = \count(\get_included_files());
            $this->server->broadcast(Messages::frame(Messages::FILES, $this->code->files()));
        }
        $this->server->end($call, $printed === '' ? $last : $printed . $last);
        if (\ini_get('max_execution_time') !== '0') {
            // What the handler set was for its call.
            \set_time_limit(0);
        }
    }

    // --- scripts

    /** Runs the script in a process made for this call. @return bool false: this is that process, or there is none */
    private function servedByAnother(Call $call): bool
    {
        $pid = \function_exists('pcntl_fork') ? @\pcntl_fork() : -1;
        if ($pid <= 0) {
            if ($pid === 0) {
                $this->forOneCall = true;
                $this->pid = \getmypid();
                $this->server->keepOnly($call->connection);
                if ($this->spec->memoryMb > 0) {
                    // The pool measures the process that it knows.
                    \ini_set('memory_limit', "{$this->spec->memoryMb}M");
                }
                $this->sandbox = $this->restrict();
            }
            return false;
        }
        while (\pcntl_waitpid($pid, $status) === -1 && \pcntl_get_last_error() === \PCNTL_EINTR) {
            \pcntl_signal_dispatch();
        }
        if (\pcntl_wifsignaled($status)) {
            // It had no last words for its gateway. As if it had been this one.
            \posix_kill(\getmypid(), Signals::KILL);
        }
        unset($call->connection->calls[$call->id]);
        $this->call = null;
        return true;
    }

    private function prepareScript(Call $call): void
    {
        if ($this->program->leavesTraces && !$this->forOneCall) {
            // It cannot be run twice in one process, and no other can be made.
            $this->leave($call);
            $this->sandbox ??= $this->restrict();
        }
        $event = $this->events->make($call->message);
        Superglobals::fill($event, $this->serverGlobal);
        $_ENV = $this->envGlobal;
        \http_response_code(200);
        $GLOBALS['event'] = $event;
        $GLOBALS['params'] = $event['params'];
    }

    /** The script has run. @param mixed $returned what it returned; 1 when nothing */
    public function scriptEnded(mixed $returned): void
    {
        $call = $this->call;
        if (Program::isFunction($returned)) {
            // It was a handler all the time, held in a variable.
            $this->program->use(\Closure::fromCallable($returned));
            $this->answer($call);
            return;
        }
        try {
            $last = $returned === 1 || $returned === null
                ? $this->answers->sendReply($call, $this->scriptReply())
                : $this->answers->send($call, $returned);
        } catch (Canceled) {
            $last = Messages::canceled($call->id);
        } catch (\Throwable $error) {
            $last = $this->answers->error($call, $error);
        }
        $this->finish($call, $last);
        $this->forgetGlobals();
    }

    public function scriptFailed(\Throwable $error): void
    {
        if ($this->call !== null) {
            $this->finish($this->call, $this->answers->error($this->call, $error));
        }
        $this->forgetGlobals();
    }

    /** The answer of a script: what it echoed, with `$FASTFN_STATUS` and `$FASTFN_HEADERS`. */
    private function scriptReply(): Reply
    {
        $status = $GLOBALS['FASTFN_STATUS'] ?? \http_response_code() ?: 200;
        return $this->responder->withBody($status, $GLOBALS['FASTFN_HEADERS'] ?? null, $this->echoed());
    }

    private function forgetGlobals(): void
    {
        foreach (\array_keys($GLOBALS) as $name) {
            if (!isset($this->globalsBefore[$name])) {
                unset($GLOBALS[$name]);
            }
        }
    }

    // --- the end

    /** The gateway is told that this is the last call, so that it neither sends another nor takes the exit for a crash. */
    private function leave(Call $call): void
    {
        $this->leaving = true;
        $call->connection->send(Messages::frame(Messages::LEAVING));
    }

    /** Runs when PHP shuts down: after `exit`, a fatal error, or the normal end. */
    private function lastWords(): void
    {
        if (\getmypid() !== $this->pid) {
            // A process that the handler has forked: the answer is not its business.
            return;
        }
        if (!$this->shuttingDown) {
            // Once more, behind all that the handler has registered: what that prints belongs to the answer.
            $this->shuttingDown = true;
            \register_shutdown_function($this->lastWords(...));
            return;
        }
        \ini_set('memory_limit', '-1');
        $fatal = Failure::fatal();
        if ($this->loading) {
            if ($fatal !== null) {
                $this->code->tried($fatal->file);
            }
            $this->refuse('handler_error', $fatal === null ? 'The handler called exit while it was loaded.' : null, $fatal);
        } elseif ($this->call !== null) {
            $this->lastAnswer($this->call, $fatal);
        } else {
            $this->server->tellOne($this->output->frames(0, $this->output->takeEcho($dropped), $dropped));
        }
    }

    private function lastAnswer(Call $call, ?Failure $fatal): void
    {
        if (!$this->forOneCall && !$this->leaving) {
            $this->leave($call);
        }
        try {
            $last = match (true) {
                $fatal !== null => $this->answers->failure($call, $fatal),
                $call->headSent => Messages::end($call->id),
                default => $this->answers->sendReply($call, $this->scriptReply()),
            };
        } catch (\Throwable $error) {
            $last = $this->answers->error($call, $error);
        }
        $this->finish($call, $last);
    }
}
