// Package fmt is what handlers get for Go's own fmt: the same, but what goes to os.Stdout and os.Stderr belongs to the call
// that printed it, also when calls overlap.
package fmt

import (
	"fmt"
	"io"
	"os"

	"github.com/fastfn/fastfn/go/internal/output"
)

// The types of fmt.
type (
	Formatter  = fmt.Formatter
	GoStringer = fmt.GoStringer
	ScanState  = fmt.ScanState
	Scanner    = fmt.Scanner
	State      = fmt.State
	Stringer   = fmt.Stringer
)

// The streams as they were when the process started: what a handler puts in their place is its own.
var stdout, stderr = os.Stdout, os.Stderr

func to(w io.Writer) io.Writer {
	if file, ok := w.(*os.File); ok && output.Process != nil {
		switch file {
		case stdout:
			return output.Process.Writer(output.Stdout)
		case stderr:
			return output.Process.Writer(output.Stderr)
		}
	}
	return w
}

func Print(a ...any) (n int, err error)   { return fmt.Fprint(to(os.Stdout), a...) }
func Println(a ...any) (n int, err error) { return fmt.Fprintln(to(os.Stdout), a...) }
func Printf(format string, a ...any) (n int, err error) {
	return fmt.Fprintf(to(os.Stdout), format, a...)
}
func Fprint(w io.Writer, a ...any) (n int, err error)   { return fmt.Fprint(to(w), a...) }
func Fprintln(w io.Writer, a ...any) (n int, err error) { return fmt.Fprintln(to(w), a...) }
func Fprintf(w io.Writer, format string, a ...any) (n int, err error) {
	return fmt.Fprintf(to(w), format, a...)
}

func Append(b []byte, a ...any) []byte                 { return fmt.Append(b, a...) }
func Appendln(b []byte, a ...any) []byte               { return fmt.Appendln(b, a...) }
func Appendf(b []byte, format string, a ...any) []byte { return fmt.Appendf(b, format, a...) }
func Sprint(a ...any) string                           { return fmt.Sprint(a...) }
func Sprintln(a ...any) string                         { return fmt.Sprintln(a...) }
func Sprintf(format string, a ...any) string           { return fmt.Sprintf(format, a...) }
func Errorf(format string, a ...any) error             { return fmt.Errorf(format, a...) }

func Scan(a ...any) (n int, err error)                 { return fmt.Scan(a...) }
func Scanln(a ...any) (n int, err error)               { return fmt.Scanln(a...) }
func Scanf(format string, a ...any) (n int, err error) { return fmt.Scanf(format, a...) }

func Sscan(str string, a ...any) (n int, err error)   { return fmt.Sscan(str, a...) }
func Sscanln(str string, a ...any) (n int, err error) { return fmt.Sscanln(str, a...) }
func Sscanf(str string, format string, a ...any) (n int, err error) {
	return fmt.Sscanf(str, format, a...)
}

func Fscan(r io.Reader, a ...any) (n int, err error)   { return fmt.Fscan(r, a...) }
func Fscanln(r io.Reader, a ...any) (n int, err error) { return fmt.Fscanln(r, a...) }
func Fscanf(r io.Reader, format string, a ...any) (n int, err error) {
	return fmt.Fscanf(r, format, a...)
}
