module 0.fastfn

go 1.19
