import Sealing

/// Prints the names of the ciphers that this processor has, and each known answer that they miss. Its
/// builds are those of socketpipe-remote, where no test runs.
@main
struct KnownAnswers {
    static func main() {
        let ciphers = Cipher.available
        print(ciphers.map { $0.rawValue }.joined(separator: " "))
        for answer in AEADAnswer.all where ciphers.contains(answer.cipher) && !answer.holds() {
            print("wrong: \(answer.description)")
        }
        for answer in RecordAnswer.all where ciphers.contains(answer.cipher) && !answer.holds() {
            print("wrong: \(answer.description)")
        }
    }
}
