/// The place of the benchmark suite, which has no scenarios yet.
@main
struct SocketpipeBench {
    static func main() {
        print("socketpipe-bench: no scenarios yet; they come with the benchmark suite")
    }
}
