package main

import (
	"encoding/json"
	"io"

	"github.com/fastfn/fastfn/go/internal/inspect"
)

// inspectMain reads a request as JSON and writes the plan for it as JSON.
func inspectMain(in io.Reader, out io.Writer) error {
	var request inspect.Request
	if err := json.NewDecoder(in).Decode(&request); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(inspect.Plan(request))
}
