// Package inspect looks at a handler's source before it is compiled: which files belong to it, whether there is a function
// to call, and what module is to be built of them. It compiles nothing and writes nothing.
package inspect

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

const (
	shimModule = "github.com/fastfn/fastfn/go"
	// firstModule is the one of the shim that is initialised before all others.
	firstModule = "0.fastfn"
	// HandlerPackage is the folder, and the package, of the user's handler in the module that is built.
	HandlerPackage = "fastfnhandler"
	mainPackage    = "fastfnmain"
	maxSiblings    = 500
)

// Request says what to look at; paths are absolute.
type Request struct {
	Entry string `json:"entry"`
	Root  string `json:"root"`
	// Handler is `invoke.handler`, or empty.
	Handler string `json:"handler"`
	// Shim is the folder of this module's sources, GoVersion of the tool that compiles ("1.26.8").
	Shim      string `json:"shim"`
	GoVersion string `json:"go_version"`
}

// Result is what to build.
type Result struct {
	// Problem is why nothing can be built; the rest holds as far as known.
	Problem *Problem `json:"problem"`
	// Outputs are the files of the module.
	Outputs []Output `json:"outputs"`
	// Files are the user's files that were looked at: a change of one may change the plan.
	Files []string `json:"files"`
	// HasModule: there is a go.mod of the user's, so dependencies may be fetched.
	HasModule bool `json:"has_module"`
	UsesCgo   bool `json:"uses_cgo"`
}

// Output is one file of the module: a text, or a copy of another file.
type Output struct {
	Path string `json:"path"`
	Text string `json:"text"`
	Copy string `json:"copy,omitempty"`
}

// Problem is a mistake of the handler's author.
type Problem struct {
	Message string `json:"message"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Source  string `json:"source"`
}

func (p *Problem) Error() string { return p.Message }

type source struct {
	path string
	text string
	file *ast.File
}

type plan struct {
	Request
	files  *token.FileSet
	result Result
	module module
	seen   map[string]bool
	// sources are those compiled in, by path.
	sources map[string]string
	// packages of the user's module that are in the outputs, by folder below it.
	packages map[string]bool
}

// Plan looks at a handler.
func Plan(request Request) Result {
	p := &plan{
		Request: request, files: token.NewFileSet(), seen: map[string]bool{},
		sources: map[string]string{}, packages: map[string]bool{},
	}
	if err := p.make(); err != nil {
		problem, ok := err.(*Problem)
		if !ok {
			problem = &Problem{Message: err.Error(), File: p.Entry}
		}
		p.result.Problem = problem
	}
	sort.Strings(p.result.Files)
	return p.result
}

func (p *plan) make() error {
	p.saw(p.Entry)
	entry, err := p.parse(p.Entry)
	if err != nil {
		return err
	}
	if p.module, err = p.findModule(); err != nil {
		return err
	}
	name, err := p.findHandler(entry)
	if err != nil {
		return err
	}
	sources, err := p.withSiblings(entry)
	if err != nil {
		return err
	}
	for _, one := range sources {
		text := renamed(one, p.files, HandlerPackage)
		if err := p.add(HandlerPackage, one, text); err != nil {
			return err
		}
	}
	p.output(HandlerPackage+"/fastfn_program.go", p.programText(name))
	p.output(mainPackage+"/main.go", mainText(p.module.path))
	p.output("go.mod", p.module.goMod(p.Shim, p.GoVersion))
	if p.module.sum != "" {
		p.output("go.sum", p.module.sum)
	}
	return nil
}

// saw notes a file of the user's.
func (p *plan) saw(file string) {
	if !p.seen[file] {
		p.seen[file] = true
		p.result.Files = append(p.result.Files, file)
	}
}

func (p *plan) output(path, text string) {
	p.result.Outputs = append(p.result.Outputs, Output{Path: path, Text: text})
}

// add puts a source file, the packages of the same module that it imports, and the files it embeds into the outputs.
func (p *plan) add(folder string, one *source, text string) error {
	p.sources[one.path] = one.text
	name := strings.TrimLeft(filepath.Base(one.path), "_.")
	// Names with brackets, and those that Go reads a meaning into (_test, _linux), are nothing for a package.
	name = strings.NewReplacer("[", "", "]", "", "...", "").Replace(strings.TrimSuffix(name, ".go"))
	if filepath.Dir(one.path) == filepath.Dir(p.Entry) && folder == HandlerPackage {
		name += "_fastfn"
	}
	p.output(folder+"/"+name+".go", "//line "+one.path+":1\n"+text)
	for _, spec := range one.file.Imports {
		imported := strings.Trim(spec.Path.Value, "\"`")
		if imported == "C" {
			p.result.UsesCgo = true
		}
		below := strings.TrimPrefix(imported, p.module.path+"/")
		if below == imported || p.packages[below] {
			continue
		}
		p.packages[below] = true
		if err := p.addPackage(below); err != nil {
			return err
		}
	}
	return p.embed(folder, one)
}

// addPackage puts a folder of the user's module into the outputs.
func (p *plan) addPackage(below string) error {
	folder := filepath.Join(p.module.folder, filepath.FromSlash(below))
	entries, err := os.ReadDir(folder)
	if err != nil {
		// The compiler says better what is missing.
		return nil
	}
	for _, entry := range entries {
		name := entry.Name()
		if !isSource(name) || strings.HasPrefix(name, "_") {
			continue
		}
		file := filepath.Join(folder, name)
		p.saw(file)
		one, err := p.parse(file)
		if err != nil {
			return err
		}
		if err := p.add(path.Clean(below), one, renamed(one, p.files, one.file.Name.Name)); err != nil {
			return err
		}
	}
	return nil
}

func isSource(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, ".")
}

func (p *plan) parse(file string) (*source, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.ParseFile(p.files, file, text, parser.ParseComments)
	if err != nil {
		return nil, p.syntaxProblem(err, file, string(text))
	}
	return &source{file, string(text), parsed}, nil
}

func (p *plan) syntaxProblem(err error, file, text string) error {
	list, ok := err.(scanner.ErrorList)
	if !ok || len(list) == 0 {
		return &Problem{Message: err.Error(), File: file}
	}
	return &Problem{list[0].Msg, file, list[0].Pos.Line, lineOf(text, list[0].Pos.Line)}
}

func (p *plan) problemAt(one *source, at token.Pos, message string) *Problem {
	line := p.files.PositionFor(at, false).Line
	return &Problem{message, one.path, line, lineOf(one.text, line)}
}

func lineOf(text string, line int) string {
	if lines := strings.Split(text, "\n"); line > 0 && line <= len(lines) {
		return strings.TrimRight(lines[line-1], "\r")
	}
	return ""
}
