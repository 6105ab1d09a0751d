"""Which system calls a student process may make: a seccomp filter as BPF, built with libseccomp.

What computing needs is allowed. What would reach beyond the process (sockets, other programs and processes, mounts,
namespaces, debugging, shared memory, kernel facilities with a large surface) is refused with EPERM, so that the student
reads "Operation not permitted". Everything else, what a later kernel brings included, does not exist (ENOSYS), which is
what libraries try before they fall back to something older.
"""

from __future__ import annotations

import errno
import tempfile

__all__ = ["ALLOWED", "REFUSED", "filter_program"]

ALLOWED = """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek sendfile copy_file_range splice tee
    open openat openat2 creat close close_range dup dup2 dup3 fcntl flock pipe pipe2 eventfd eventfd2
    stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat getdents getdents64
    getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat
    truncate ftruncate fallocate fadvise64 fsync fdatasync sync_file_range utime utimes utimensat futimesat
    chmod fchmod fchmodat umask
    mmap munmap mremap mprotect madvise msync mincore brk membarrier pkey_alloc pkey_free pkey_mprotect
    mlock munlock get_mempolicy
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
    nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times alarm getitimer setitimer
    timer_create timer_settime timer_gettime timer_getoverrun timer_delete
    timerfd_create timerfd_settime timerfd_gettime
    futex futex_waitv futex_wake futex_wait futex_requeue set_robust_list get_robust_list rseq set_tid_address
    sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max
    sched_get_priority_min getpriority getcpu
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo sigaltstack
    signalfd signalfd4 pause kill tkill tgkill
    exit exit_group wait4 waitid restart_syscall
    getpid getppid gettid getpgid getpgrp getsid getuid geteuid getgid getegid getresuid getresgid getgroups
    getrlimit setrlimit prlimit64 getrusage sysinfo uname getrandom arch_prctl
    ioctl
""".split()

REFUSED = """
    socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg shutdown
    setsockopt getsockopt getsockname getpeername
    fork vfork execve execveat setsid setpgid
    ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_open pidfd_getfd pidfd_send_signal
    mount umount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr
    unshare setns setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset
    keyctl add_key request_key bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register
    memfd_create memfd_secret shmget shmat shmctl shmdt semget semop semtimedop semctl msgget msgsnd msgrcv msgctl
    mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr
    mknod mknodat chown fchown lchown fchownat setxattr fsetxattr lsetxattr
    name_to_handle_at open_by_handle_at fanotify_init fanotify_mark inotify_init inotify_init1 inotify_add_watch
    init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff acct quotactl
    sethostname setdomainname settimeofday clock_settime adjtimex clock_adjtime syslog vhangup iopl ioperm
    personality modify_ldt lookup_dcookie nfsservctl seccomp landlock_create_ruleset sched_setscheduler sched_setattr
    setpriority ioprio_set migrate_pages move_pages mbind set_mempolicy
""".split()

CLONE_THREAD = 0x00010000
PR_SET_NAME, PR_GET_NAME, PR_SET_VMA = 15, 16, 0x53564D41


def filter_program() -> bytes:
    """The filter for this machine's architecture, ready for `kernel.install_filter`.

    Raises ImportError or OSError when libseccomp is not there.
    """
    import pyseccomp

    filter_ = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    filter_.set_attr(pyseccomp.Attr.CTL_OPTIMIZE, 2)  # a tree instead of a list
    refuse = pyseccomp.ERRNO(errno.EPERM)
    for names, action in ((ALLOWED, pyseccomp.ALLOW), (REFUSED, refuse)):
        for name in names:
            if pyseccomp.resolve_syscall(pyseccomp.system_arch(), name) >= 0:  # else it is not on this architecture
                filter_.add_rule(action, name)
    # Threads, but no processes: nothing can outlive the process or multiply its memory. clone3 passes its flags where a
    # filter cannot look; without it, the C library uses clone.
    thread = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_THREAD, CLONE_THREAD)
    filter_.add_rule(pyseccomp.ALLOW, "clone", thread)
    filter_.add_rule(refuse, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_THREAD, 0))
    for option in (PR_SET_NAME, PR_GET_NAME, PR_SET_VMA):
        filter_.add_rule(pyseccomp.ALLOW, "prctl", pyseccomp.Arg(0, pyseccomp.EQ, option))
    with tempfile.TemporaryFile() as file:
        filter_.export_bpf(file)
        file.seek(0)
        return file.read()
