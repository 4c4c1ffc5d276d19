package inspect

import (
	"go/ast"
	"go/parser"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// withSiblings is the entry and those files beside it that declare what it uses, or what they use. A folder may hold
// several handlers, each a `handler` of its own, so its files are no package by themselves; private ones (`_db.go`) come
// first when several declare the same.
func (p *plan) withSiblings(entry *source) ([]*source, error) {
	siblings := p.siblings(entry)
	chosen := []*source{entry}
	declared := topLevel(entry.file)
	for i := 0; i < len(chosen); i++ {
		for _, name := range unresolved(chosen[i].file) {
			if declared[name] {
				continue
			}
			for _, sibling := range siblings {
				if topLevel(sibling.file)[name] && !contains(chosen, sibling) {
					chosen = append(chosen, sibling)
					for more := range topLevel(sibling.file) {
						declared[more] = true
					}
					break
				}
			}
		}
		// Methods may lie apart from their type.
		if i == len(chosen)-1 {
			for _, sibling := range siblings {
				if !contains(chosen, sibling) && hasMethodOf(sibling.file, declared) {
					chosen = append(chosen, sibling)
				}
			}
		}
	}
	for _, one := range chosen[1:] {
		// Now its mistakes count.
		if _, err := p.parse(one.path); err != nil {
			return nil, err
		}
		p.saw(one.path)
	}
	return chosen, nil
}

// siblings are the other Go files of the folder, private ones first, as far as they can be read.
func (p *plan) siblings(entry *source) []*source {
	entries, err := os.ReadDir(filepath.Dir(entry.path))
	if err != nil {
		return nil
	}
	var all []*source
	for _, one := range entries {
		file := filepath.Join(filepath.Dir(entry.path), one.Name())
		if !isSource(one.Name()) || file == entry.path || one.IsDir() || len(all) >= maxSiblings {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if strings.HasPrefix(one.Name(), "_") {
			p.saw(file)
		}
		// What is broken is read as far as it goes.
		if parsed, _ := parser.ParseFile(p.files, file, text, parser.ParseComments); parsed != nil {
			all = append(all, &source{file, string(text), parsed})
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		return filepath.Base(all[i].path)[0] == '_' && filepath.Base(all[j].path)[0] != '_'
	})
	return all
}

func unresolved(file *ast.File) []string {
	var names []string
	for _, identifier := range file.Unresolved {
		names = append(names, identifier.Name)
	}
	return names
}

func hasMethodOf(file *ast.File, types map[string]bool) bool {
	for _, declared := range file.Decls {
		function, ok := declared.(*ast.FuncDecl)
		if !ok || function.Recv == nil || len(function.Recv.List) == 0 {
			continue
		}
		receiver := function.Recv.List[0].Type
		for {
			switch t := receiver.(type) {
			case *ast.StarExpr:
				receiver = t.X
				continue
			case *ast.IndexExpr:
				receiver = t.X
				continue
			case *ast.IndexListExpr:
				receiver = t.X
				continue
			case *ast.Ident:
				if types[t.Name] && !topLevel(file)[t.Name] {
					return true
				}
			}
			break
		}
	}
	return false
}

func contains(list []*source, wanted *source) bool {
	for _, one := range list {
		if one == wanted {
			return true
		}
	}
	return false
}
