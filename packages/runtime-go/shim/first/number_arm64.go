//go:build linux

package first

const seccomp = 277
