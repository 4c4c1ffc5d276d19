package inspect

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// DefaultModule is the path of a handler's module when it has no go.mod: packages in folders beside it are
// `function/<folder>`.
const DefaultModule = "function"

const maxReplaced = 2000

// module is the one of the user's that the handler belongs to.
type module struct {
	path, folder string
	// mod is the text of its go.mod, empty when there is none; sum that of go.sum.
	mod, sum string
}

var (
	modulePath     = regexp.MustCompile(`(?m)^module\s+("?)(\S+?)"?\s*(?://.*)?$`)
	localReplaced  = regexp.MustCompile(`=>\s*(\.{1,2}(?:/[^\s"]*)?)`)
	replaceOfOurs  = regexp.MustCompile(`(?m)^.*` + regexp.QuoteMeta(shimModule) + `(?:\s.*)?$`)
	goVersionShort = regexp.MustCompile(`^\d+\.\d+`)
)

// findModule is the nearest go.mod, from the handler's folder up to the functions root.
func (p *plan) findModule() (module, error) {
	for folder := filepath.Dir(p.Entry); ; folder = filepath.Dir(folder) {
		file := filepath.Join(folder, "go.mod")
		text, err := os.ReadFile(file)
		if err == nil {
			return p.readModule(folder, string(text))
		}
		if folder == p.Root || len(folder) <= len(p.Root) {
			break
		}
	}
	return module{path: DefaultModule, folder: filepath.Dir(p.Entry)}, nil
}

func (p *plan) readModule(folder, text string) (module, error) {
	file := filepath.Join(folder, "go.mod")
	p.saw(file)
	p.result.HasModule = true
	match := modulePath.FindStringSubmatch(text)
	if match == nil {
		return module{}, &Problem{Message: "go.mod has no line \"module <path>\".", File: file, Line: 1, Source: lineOf(text, 1)}
	}
	found := module{path: match[2], folder: folder}
	// Relative to where the file is built, these would lead elsewhere.
	found.mod = localReplaced.ReplaceAllStringFunc(text, func(found string) string {
		target := filepath.Join(folder, strings.TrimSpace(strings.TrimPrefix(found, "=>")))
		p.sawModule(target)
		return "=> " + quoteIfNeeded(target)
	})
	// A go.mod may name this module, so that editors find it; here it always is the one that comes along.
	found.mod = replaceOfOurs.ReplaceAllStringFunc(found.mod, func(line string) string {
		if strings.HasPrefix(line, "module") {
			return line
		}
		return ""
	})
	sumFile := filepath.Join(folder, "go.sum")
	if sum, err := os.ReadFile(sumFile); err == nil {
		p.saw(sumFile)
		found.sum = string(sum)
	}
	return found, nil
}

// sawModule notes the sources of a module in another folder: they are compiled in too.
func (p *plan) sawModule(folder string) {
	filepath.WalkDir(folder, func(file string, entry os.DirEntry, err error) error {
		switch {
		case err != nil, len(p.result.Files) > maxReplaced:
		case entry.IsDir() && file != folder && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case !entry.IsDir() && (isSource(entry.Name()) || entry.Name() == "go.mod"):
			p.saw(file)
		}
		return nil
	})
}

// goMod is the go.mod of the module that is built.
func (m module) goMod(shim, goVersion string) string {
	text := m.mod
	if text == "" {
		text = "module " + m.path + "\n\ngo " + goVersionShort.FindString(goVersion) + "\n"
	}
	for _, ours := range []struct{ path, folder string }{{shimModule, shim}, {firstModule, filepath.Join(shim, "first")}} {
		text += "\nrequire " + ours.path + " v0.0.0\n\nreplace " + ours.path + " => " + quoteIfNeeded(ours.folder) + "\n"
	}
	return text
}

func quoteIfNeeded(path string) string {
	if strings.ContainsAny(path, " \t\"'`()[]{},") {
		return `"` + path + `"`
	}
	return path
}
