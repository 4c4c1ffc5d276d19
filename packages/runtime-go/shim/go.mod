module github.com/fastfn/fastfn/go

go 1.19
