package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fastfn/fastfn/go/internal/sandbox"
)

// startSpec is the spec of START, checked.
type startSpec struct {
	socket, entry, folder, root string
	// environment of the worker over the daemon's own.
	environment map[string]string
	// sandbox is nil when there is to be none.
	sandbox *sandbox.Spec
	// forWorker is what the worker reads when it starts, as JSON.
	forWorker map[string]any
}

func parseSpec(spec map[string]any) (*startSpec, error) {
	paths := map[string]string{}
	for _, key := range []string{"socket", "entry", "folder", "root"} {
		path, _ := spec[key].(string)
		if !filepath.IsAbs(path) {
			return nil, fmt.Errorf("`%s` must be an absolute path, not %v.", key, spec[key])
		}
		paths[key] = path
	}
	if adapter := spec["adapter"]; adapter != nil {
		return nil, fmt.Errorf("`adapter` is %v; Go handlers have none.", adapter)
	}
	parsed := &startSpec{
		socket: paths["socket"], entry: paths["entry"], folder: paths["folder"], root: paths["root"],
		environment: map[string]string{},
	}
	for _, key := range []string{"process_env", "env"} {
		values, err := texts(spec, key)
		if err != nil {
			return nil, err
		}
		for name, value := range values {
			if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00") {
				return nil, fmt.Errorf("`%s` of `%s` cannot be an environment variable.", name, key)
			}
			parsed.environment[name] = value
		}
	}
	env, _ := texts(spec, "env")
	secrets, err := texts(spec, "secrets")
	if err != nil {
		return nil, err
	}
	parsed.sandbox = sandbox.ReadSpec(spec["sandbox"])
	parsed.forWorker = map[string]any{
		"root": paths["root"], "env": env, "secrets": secrets,
		"context": spec["context"], "max_frame": spec["max_frame"],
	}
	return parsed, nil
}

func texts(spec map[string]any, key string) (map[string]string, error) {
	result := map[string]string{}
	if spec[key] == nil {
		return result, nil
	}
	values, ok := spec[key].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("`%s` must be a map, not %v.", key, spec[key])
	}
	for name, value := range values {
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("`%s` of `%s` must be a str, not %v.", name, key, value)
		}
		result[name] = text
	}
	return result, nil
}
