// Package run is what the generated main package of a function calls. Handlers have no use for it.
package run

import (
	"os"

	"github.com/fastfn/fastfn/go/internal/worker"
)

// Program is a handler and the files it was made of.
type Program = worker.Program

// Main serves the program, and ends the process when that is over.
func Main(program *Program) {
	os.Exit(worker.Run(program))
}
