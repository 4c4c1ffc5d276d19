pub fn handler() {
    println!("throws-ran");
    panic!("boom-4711"); // ERROR-LINE
}
