//go:build linux && !amd64 && !arm64

package first

// seccomp: FastFN knows filters for no other architecture.
const seccomp = 0
