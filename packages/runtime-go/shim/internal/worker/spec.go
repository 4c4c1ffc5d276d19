// Package worker serves the calls of one function (PROTOCOL.md §4).
package worker

import (
	"encoding/json"
	"io"
	"os"

	"0.fastfn"
)

// File descriptors that the daemon gives to a worker.
const (
	ListenerFD = 3
	SpecFD     = 4
	DeathFD    = 5
	StdoutFD   = 6
	StderrFD   = 7
)

// Spec is the part of START that the worker itself needs; environment and folder are set by the daemon.
type Spec struct {
	Root     string            `json:"root"`
	Handler  string            `json:"handler"`
	Env      map[string]string `json:"env"`
	Secrets  map[string]string `json:"secrets"`
	Context  map[string]any    `json:"context"`
	MaxFrame int               `json:"max_frame"`
	// Sandbox is what the daemon has done, nil when nothing was asked for.
	Sandbox *SandboxReport `json:"sandbox"`
}

// SandboxReport is `sandbox` of READY.
type SandboxReport struct {
	Level   string   `json:"level"`
	ABI     int64    `json:"abi"`
	Hides   bool     `json:"hides"`
	Missing []string `json:"missing"`
}

// complete adds what this process did itself, before anything else.
func (r *SandboxReport) complete() map[string]any {
	missing := []any{}
	for _, text := range r.Missing {
		missing = append(missing, text)
	}
	if !first.Filtered {
		r.Level = "off"
		missing = append(missing, "System calls are not filtered (seccomp): "+first.Failure+".")
	}
	return map[string]any{"level": r.Level, "abi": r.ABI, "hides": r.Hides, "missing": missing}
}

func readSpec() (*Spec, error) {
	file := os.NewFile(SpecFD, "spec")
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	spec := &Spec{}
	return spec, json.Unmarshal(text, spec)
}
