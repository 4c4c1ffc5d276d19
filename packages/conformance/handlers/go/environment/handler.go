package main

import "os"

func handler(event map[string]any) (any, error) {
	cwd, err := os.Getwd()
	return map[string]any{
		"greeting":  variable("GREETING"),
		"inherited": variable("FROM_REAL_ENV"),
		"admin":     variable("FN_ADMIN_TOKEN"),
		"foreign":   variable("FOREIGN_VALUE"),
		"path":      os.Getenv("PATH") != "",
		"cwd":       cwd,
	}, err
}

func variable(name string) any {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return nil
}
