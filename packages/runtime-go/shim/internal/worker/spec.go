// Package worker serves the calls of one function (PROTOCOL.md §4).
package worker

import (
	"encoding/json"
	"io"
	"os"
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
