/**
 * The seccomp program of the sandbox: what Landlock does not know of. Instructions of classic BPF over `struct
 * seccomp_data { int nr; u32 arch; u64 ip; u64 args[6] }`. PROTOCOL.md §6.
 */

/** Stands for the pid of the worker in a program, and for its negative. */
const PID = -1;
const MINUS_PID = -2;

const LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const IF_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const IF_BITS = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;

const NUMBER_AT = 0;
const ARCH_AT = 4;
/** Low half of the first argument; both architectures are little-endian. */
const FIRST_ARG_AT = 16;

const CLONE_THREAD = 0x00010000;
/** Numbers of the x32 ABI on x64: other names for the same calls. */
const X32 = 0x40000000;

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;

type Arch = 'x64' | 'arm64';

const AUDIT_ARCH: Readonly<Record<Arch, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** Number on x64, on arm64; null: does not exist there. */
type Numbers = readonly [x64: number | null, arm64: number | null];

/** Refused whatever the arguments. */
const REFUSED: Readonly<Record<string, Numbers>> = {
  // Programs and processes.
  execve: [59, 221],
  execveat: [322, 281],
  fork: [57, null],
  vfork: [58, null],
  // Other processes: their memory, their descriptors, signals by ways that name no pid or cannot be checked.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  process_mrelease: [448, 448],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  kcmp: [312, 272],
  pidfd_open: [434, 434],
  pidfd_getfd: [438, 438],
  pidfd_send_signal: [424, 424],
  tkill: [200, 130],
  perf_event_open: [298, 241],
  // Mounts and namespaces: they would change what a path means.
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  setns: [308, 268],
  unshare: [272, 97],
  open_by_handle_at: [304, 265],
  fanotify_init: [300, 262],
  // The machine.
  bpf: [321, 280],
  userfaultfd: [323, 282],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  quotactl: [179, 60],
  syslog: [103, 116],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  adjtimex: [159, 171],
  clock_adjtime: [305, 266],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  iopl: [172, null],
  ioperm: [173, null],
};

/** Said not to exist: C libraries and libuv have other ways then. Their arguments lie where a filter cannot look. */
const ABSENT: Readonly<Record<string, Numbers>> = {
  clone3: [435, 435],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
};

/** Allowed when the first argument is one of these. */
const BY_FIRST_ARG: readonly (readonly [Numbers, (unix: boolean) => readonly number[]])[] = [
  // Itself and its own group, which is nobody else.
  [[62, 129], () => [PID, MINUS_PID, 0]], // kill
  [[234, 131], () => [PID]], // tgkill
  [[129, 138], () => [PID]], // rt_sigqueueinfo
  [[297, 240], () => [PID]], // rt_tgsigqueueinfo
  [[302, 261], () => [PID, 0]], // prlimit64
  [[41, 198], (unix) => (unix ? [AF_INET, AF_INET6, AF_NETLINK, AF_UNIX] : [AF_INET, AF_INET6, AF_NETLINK])], // socket
];

const CLONE: Numbers = [56, 220];

/**
 * The program for workers on this machine, four numbers an instruction; empty when the architecture is none that it is
 * known for.
 *
 * @param unix let them make Unix sockets
 */
export function seccompFilter(unix: boolean, arch: string = process.arch): number[] {
  if (arch !== 'x64' && arch !== 'arm64') return [];
  const numberOf = (numbers: Numbers): number | null => numbers[arch === 'x64' ? 0 : 1];
  const program: number[] = [];
  const add = (code: number, jumpTrue: number, jumpFalse: number, k: number): void =>
    void program.push(code, jumpTrue, jumpFalse, k);

  add(LOAD, 0, 0, ARCH_AT);
  add(IF_EQUAL, 1, 0, AUDIT_ARCH[arch]);
  add(RETURN, 0, 0, EPERM);
  add(LOAD, 0, 0, NUMBER_AT);
  if (arch === 'x64') {
    add(IF_AT_LEAST, 0, 1, X32);
    add(RETURN, 0, 0, EPERM);
  }
  for (const [table, answer] of [
    [REFUSED, EPERM],
    [ABSENT, ENOSYS],
  ] as const) {
    for (const numbers of Object.values(table)) {
      const number = numberOf(numbers);
      if (number === null) continue;
      add(IF_EQUAL, 0, 1, number);
      add(RETURN, 0, 0, answer);
    }
  }
  add(IF_EQUAL, 0, 4, numberOf(CLONE)!);
  add(LOAD, 0, 0, FIRST_ARG_AT);
  add(IF_BITS, 1, 0, CLONE_THREAD);
  add(RETURN, 0, 0, EPERM);
  add(RETURN, 0, 0, ALLOW);
  for (const [numbers, allowed] of BY_FIRST_ARG) {
    const values = allowed(unix);
    add(IF_EQUAL, 0, values.length + 3, numberOf(numbers)!);
    add(LOAD, 0, 0, FIRST_ARG_AT);
    values.forEach((value, index) => {
      add(IF_EQUAL, values.length - index, 0, value);
    });
    add(RETURN, 0, 0, EPERM);
    add(RETURN, 0, 0, ALLOW);
  }
  add(RETURN, 0, 0, ALLOW);
  return program;
}
