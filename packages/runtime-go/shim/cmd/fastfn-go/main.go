// Command fastfn-go is the daemon of the Go runtime (PROTOCOL.md §3), and the tool that looks at handlers before a build.
//
//	fastfn-go --socket <path> [--lifeline]
//	fastfn-go inspect
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "inspect" {
		if err := inspectMain(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	socket := flag.String("socket", "", "path to listen on")
	lifeline := flag.Bool("lifeline", false, "end at the end of file of stdin")
	flag.Parse()
	if *socket == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: fastfn-go --socket <path> [--lifeline]")
		os.Exit(2)
	}
	if err := runDaemon(*socket, *lifeline); err != nil {
		fmt.Fprintf(os.Stderr, "The daemon cannot listen on %s: %v\n", *socket, err)
		os.Exit(1)
	}
}
