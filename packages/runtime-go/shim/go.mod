module github.com/fastfn/fastfn/go

go 1.19

require 0.fastfn v0.0.0

replace 0.fastfn => ./first
