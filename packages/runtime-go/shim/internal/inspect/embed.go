package inspect

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const maxEmbedded = 5000

// embed puts the files that //go:embed lines name beside the source in the outputs.
func (p *plan) embed(folder string, one *source) error {
	for _, group := range one.file.Comments {
		for _, comment := range group.List {
			patterns := strings.TrimPrefix(comment.Text, "//go:embed ")
			if patterns == comment.Text {
				continue
			}
			for _, pattern := range strings.Fields(patterns) {
				if unquoted, err := strconv.Unquote(pattern); err == nil {
					pattern = unquoted
				}
				p.embedPattern(folder, filepath.Dir(one.path), strings.TrimPrefix(pattern, "all:"))
			}
		}
	}
	return nil
}

func (p *plan) embedPattern(folder, base, pattern string) {
	if filepath.IsAbs(pattern) || strings.HasPrefix(filepath.Clean(pattern), "..") {
		// The compiler refuses it.
		return
	}
	matches, _ := filepath.Glob(filepath.Join(globEscape(base), pattern))
	for _, match := range matches {
		filepath.WalkDir(match, func(file string, entry os.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || len(p.result.Outputs) > maxEmbedded {
				return nil
			}
			below, err := filepath.Rel(base, file)
			if err == nil {
				p.saw(file)
				p.result.Outputs = append(p.result.Outputs, Output{Path: folder + "/" + filepath.ToSlash(below), Copy: file})
			}
			return nil
		})
	}
}

// globEscape: folders like [id] are meant as they are.
func globEscape(folder string) string {
	return strings.NewReplacer("[", `\[`, "*", `\*`, "?", `\?`).Replace(folder)
}
