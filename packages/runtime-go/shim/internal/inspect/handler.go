package inspect

import (
	"fmt"
	"go/ast"
	"path/filepath"

	"github.com/fastfn/fastfn/go/internal/worker"
)

// findHandler is the name of the function to call: the given one, or `handler`, or `Handler`. Whether its types fit is
// known when the program runs; what can be seen here is said here, with its line.
func (p *plan) findHandler(entry *source) (string, error) {
	names := []string{"handler", "Handler"}
	if p.Handler != "" {
		names = []string{p.Handler}
	}
	for _, name := range names {
		for _, declared := range entry.file.Decls {
			if function, ok := declared.(*ast.FuncDecl); ok && function.Recv == nil && function.Name.Name == name {
				return name, p.checkSignature(entry, function)
			}
		}
		if topLevel(entry.file)[name] {
			// A variable that holds a function, say.
			return name, nil
		}
	}
	wanted := "\"handler\" or \"Handler\""
	if p.Handler != "" {
		wanted = "\"" + p.Handler + "\""
	}
	message := fmt.Sprintf("%s has no function %s. Write: func %s(event map[string]any) any { … }",
		filepath.Base(entry.path), wanted, names[0])
	return "", p.problemAt(entry, entry.file.Package, message)
}

func (p *plan) checkSignature(entry *source, function *ast.FuncDecl) error {
	name := function.Name.Name
	wrong := func(what string) error {
		message := fmt.Sprintf("%s %s. Write: %s", name, what, worker.Signature)
		return p.problemAt(entry, function.Pos(), message)
	}
	if function.Type.TypeParams != nil {
		return wrong("has type parameters, which nobody can fill")
	}
	if count := function.Type.Params.NumFields(); count > 3 {
		return wrong(fmt.Sprintf("has %d parameters", count))
	}
	for _, field := range function.Type.Params.List {
		if _, ok := field.Type.(*ast.Ellipsis); ok {
			return wrong("has a variable number of parameters")
		}
	}
	if count := function.Type.Results.NumFields(); count > 2 {
		return wrong(fmt.Sprintf("has %d results", count))
	}
	return nil
}

// topLevel are the names that a file declares for its package. Methods are not among them.
func topLevel(file *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, declared := range file.Decls {
		switch d := declared.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names[d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					names[s.Name.Name] = true
				case *ast.ValueSpec:
					for _, name := range s.Names {
						names[name.Name] = true
					}
				}
			}
		}
	}
	delete(names, "_")
	delete(names, "init")
	return names
}
