<?php

declare(strict_types=1);

namespace FastFN\Shim;

/**
 * What the sandbox asks of Linux (PROTOCOL.md §6, level `kernel`), by FFI, which Debian's php-cli has built in. Each step holds
 * for this process, which has one thread, and throws when it does not work.
 */
final class Kernel
{
    private const DECLARATIONS = '
        int *__errno_location(void);
        long syscall(long number, ...);
        int prctl(int option, unsigned long a, void *b, unsigned long c, unsigned long d);
        int unshare(int flags);
        int mount(const char *source, const char *target, const char *kind, unsigned long flags, const void *data);
        int open(const char *path, int flags, ...);
        int close(int fd);
    ';

    private const PR_SET_NO_NEW_PRIVS = 38;
    private const PR_GET_SECCOMP = 21;
    private const PR_SET_SECCOMP = 22;
    private const SECCOMP_MODE_FILTER = 2;

    // The same number on every architecture.
    private const LANDLOCK_CREATE_RULESET = 444;
    private const LANDLOCK_ADD_RULE = 445;
    private const LANDLOCK_RESTRICT_SELF = 446;
    private const LANDLOCK_VERSION = 1;
    private const LANDLOCK_PATH_BENEATH = 1;

    private const CLONE_NEWNS = 0x20000;
    private const CLONE_NEWUSER = 0x10000000;
    private const MS_RDONLY = 1;
    private const MS_NOSUID = 2;
    private const MS_NODEV = 4;
    private const MS_NOEXEC = 8;
    private const MS_REMOUNT = 32;
    private const MS_BIND = 4096;
    private const MS_REC = 16384;
    private const MS_SLAVE = 524288;
    private const O_PATH = 010000000;
    private const O_CLOEXEC = 02000000;
    private const EPERM = 1;

    /** CHOWN, DAC_OVERRIDE, FOWNER, FSETID, NET_BIND_SERVICE. */
    private const KEPT_CAPABILITIES = 0x41b;
    private const CAPABILITY_VERSION = 0x20080522;

    private const EXECUTE = 1;
    private const WRITE_FILE = 1 << 1;
    private const READ_FILE = 1 << 2;
    private const READ_DIR = 1 << 3;
    private const MAKE_CHAR = 1 << 6;
    private const MAKE_BLOCK = 1 << 11;
    private const REFER = 1 << 13;
    private const TRUNCATE = 1 << 14;
    private const IOCTL_DEV = 1 << 15;
    private const FIRST_RIGHTS = 0x1fff;
    /** Abstract Unix sockets, signals. */
    private const SCOPES = 3;

    /** Stand for the pid of the worker in a seccomp program, and for its negative. */
    private const PID = -1;
    private const MINUS_PID = -2;

    private static ?self $instance = null;
    private static ?string $why = null;

    private function __construct(private readonly \FFI $libc)
    {
    }

    /** Null: it cannot be asked, {@see whyNot}. Found out once; workers have it from their daemon. */
    public static function get(): ?self
    {
        if (self::$instance === null && self::$why === null) {
            self::$why = self::open();
        }
        return self::$instance;
    }

    public static function whyNot(): string
    {
        return self::$why ?? '';
    }

    private static function open(): ?string
    {
        if (\PHP_OS_FAMILY !== 'Linux') {
            return 'Linux alone has the means of the kernel';
        }
        if (\PHP_INT_SIZE !== 8) {
            return 'this PHP is a 32 bit program';
        }
        if (\PHP_ZTS) {
            return 'this PHP is made for threads';
        }
        if (!\class_exists('FFI')) {
            return "PHP's extension FFI is not there, by which the kernel is asked";
        }
        try {
            self::$instance = new self(\FFI::cdef(self::DECLARATIONS));
        } catch (\FFI\Exception $error) {
            return "PHP's FFI cannot be used: {$error->getMessage()}";
        }
        return null;
    }

    public function abi(): int
    {
        return \max(0, $this->libc->syscall(self::LANDLOCK_CREATE_RULESET, null, 0, self::LANDLOCK_VERSION));
    }

    public function hasSeccomp(): bool
    {
        return $this->libc->prctl(self::PR_GET_SECCOMP, 0, null, 0, 0) >= 0;
    }

    public function giveUpPrivileges(): void
    {
        $this->check($this->libc->prctl(self::PR_SET_NO_NEW_PRIVS, 1, null, 0, 0));
    }

    /** From now on mounts are this process's own business. */
    public function ownMounts(): void
    {
        // Asked before: afterwards nobody has them.
        [$uid, $gid] = [\posix_geteuid(), \posix_getegid()];
        if ($this->libc->unshare(self::CLONE_NEWNS) !== 0) {
            if ($this->errno() !== self::EPERM) {
                throw $this->failure();
            }
            $this->check($this->libc->unshare(self::CLONE_NEWUSER | self::CLONE_NEWNS));
            foreach (['setgroups' => 'deny', 'uid_map' => "$uid $uid 1", 'gid_map' => "$gid $gid 1"] as $file => $text) {
                if (@\file_put_contents("/proc/self/$file", $text) === false) {
                    throw new \RuntimeException("/proc/self/$file cannot be written");
                }
            }
        }
        $this->mount(null, '/', self::MS_REC | self::MS_SLAVE);
    }

    /**
     * Lays an empty folder over folders, and what cannot be opened over files.
     *
     * @param list<string> $paths
     */
    public function hide(array $paths, string $empty): void
    {
        $this->ownMounts();
        $closed = self::MS_RDONLY | self::MS_NODEV | self::MS_NOSUID | self::MS_NOEXEC;
        foreach ($paths as $path) {
            if (\file_exists($path)) {
                $this->mount(\is_dir($path) ? $empty : '/dev/null', $path, self::MS_BIND);
                $this->mount(null, $path, self::MS_BIND | self::MS_REMOUNT | $closed);
            }
        }
    }

    private function mount(?string $source, string $target, int $flags): void
    {
        $this->check($this->libc->mount($source, $target, null, $flags, null));
    }

    public function dropCapabilities(): void
    {
        [$get, $set] = \php_uname('m') === 'x86_64' ? [125, 126] : [90, 91];
        $header = $this->bytes(\pack('VV', self::CAPABILITY_VERSION, 0));
        $sets = \FFI::new('uint32_t[6]');
        $this->check($this->libc->syscall($get, \FFI::addr($header), \FFI::addr($sets)));
        $kept = $sets[1] & self::KEPT_CAPABILITIES;
        [$sets[0], $sets[1]] = [$sets[0] & $kept, $kept];
        $sets[2] = $sets[3] = $sets[4] = $sets[5] = 0;
        $this->check($this->libc->syscall($set, \FFI::addr($header), \FFI::addr($sets)));
    }

    /**
     * @param list<string> $read
     * @param list<string> $list
     * @param list<string> $write
     */
    public function restrictFiles(array $read, array $list, array $write): void
    {
        $abi = $this->abi();
        if ($abi === 0) {
            throw new \RuntimeException('this kernel has none; Linux 5.13 and newer have it, unless it is switched off');
        }
        $handled = self::FIRST_RIGHTS
            | ($abi >= 2 ? self::REFER : 0)
            | ($abi >= 3 ? self::TRUNCATE : 0)
            | ($abi >= 5 ? self::IOCTL_DEV : 0);
        $attributes = $this->bytes(\pack('PPP', $handled, 0, $abi >= 6 ? self::SCOPES : 0));
        $size = $abi >= 6 ? 24 : ($abi >= 4 ? 16 : 8);
        $ruleset = $this->check($this->libc->syscall(self::LANDLOCK_CREATE_RULESET, \FFI::addr($attributes), $size, 0));
        $everything = ~(self::EXECUTE | self::MAKE_CHAR | self::MAKE_BLOCK);
        $ofFile = self::READ_FILE | self::WRITE_FILE | self::TRUNCATE | self::IOCTL_DEV;
        foreach ($read as $path) {
            $this->allow($ruleset, $path, $handled & (self::READ_FILE | self::READ_DIR), $handled & self::READ_FILE);
        }
        foreach ($list as $path) {
            $this->allow($ruleset, $path, $handled & self::READ_DIR, 0);
        }
        foreach ($write as $path) {
            $this->allow($ruleset, $path, $handled & $everything, $handled & $ofFile);
        }
        $this->check($this->libc->syscall(self::LANDLOCK_RESTRICT_SELF, $ruleset, 0));
        $this->libc->close($ruleset);
    }

    /** A path that cannot be opened needs no rule. */
    private function allow(int $ruleset, string $path, int $ofFolder, int $ofFile): void
    {
        $allowed = \is_dir($path) ? $ofFolder : $ofFile;
        $fd = $allowed === 0 ? -1 : $this->libc->open($path, self::O_PATH | self::O_CLOEXEC);
        if ($fd < 0) {
            return;
        }
        $rule = $this->bytes(\pack('PV', $allowed, $fd));
        $done = $this->libc->syscall(self::LANDLOCK_ADD_RULE, $ruleset, self::LANDLOCK_PATH_BENEATH, \FFI::addr($rule), 0);
        $failure = $done < 0 ? $this->failure() : null;
        $this->libc->close($fd);
        if ($failure !== null) {
            throw $failure;
        }
    }

    /** @param list<int|float> $filter of START: four numbers an instruction */
    public function filterCalls(array $filter): void
    {
        if ($filter === []) {
            throw new \RuntimeException('there is no filter for this kind of processor');
        }
        $program = '';
        for ($at = 0; $at + 3 < \count($filter); $at += 4) {
            $k = match ((int) $filter[$at + 3]) {
                self::PID => \getmypid(),
                self::MINUS_PID => -\getmypid(),
                default => (int) $filter[$at + 3],
            };
            $program .= \pack('vCCV', (int) $filter[$at], (int) $filter[$at + 1], (int) $filter[$at + 2], $k & 0xffffffff);
        }
        $instructions = $this->bytes($program);
        $whole = $this->libc->new('struct { unsigned short length; void *instructions; }');
        $whole->length = \intdiv(\strlen($program), 8);
        $whole->instructions = \FFI::cast('void *', \FFI::addr($instructions));
        $this->check($this->libc->prctl(self::PR_SET_SECCOMP, self::SECCOMP_MODE_FILTER, \FFI::addr($whole), 0, 0));
    }

    private function bytes(string $text): \FFI\CData
    {
        $memory = \FFI::new('char[' . \strlen($text) . ']');
        \FFI::memcpy($memory, $text, \strlen($text));
        return $memory;
    }

    private function check(int $result): int
    {
        return $result >= 0 ? $result : throw $this->failure();
    }

    private function failure(): \RuntimeException
    {
        return new \RuntimeException(\posix_strerror($this->errno()));
    }

    private function errno(): int
    {
        return $this->libc->__errno_location()[0];
    }
}
