import ArgumentParser
import Fixtures

/// Makes a picture of what watermarks do for a tape drive.
struct DrawTape: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a simulated tape drive that is fed with and without watermarks, as SVG.")

    @Option(help: "The program that is the drive: tape-drive of socketpipe's own tests.")
    var drive: String

    @OptionGroup var programs: Programs

    private static let watermarks = ["--start", "80", "--resume", "80"]

    func run() throws {
        try programs.withWorkbench(host: []) { bench in
            let trial = DriveTrial(
                place: try bench.open(.loopback), lane: try bench.lane(0), drive: drive)
            let courses = try [[], Self.watermarks].map { options in
                let course = try trial.run(DriveTrial.buffer + options)
                say("\(course.title), in \(decimal(course.seconds, 1)) s")
                return course
            }
            let longest = courses.map(\.seconds).max() ?? 0
            let panels = courses.map {
                Chart.Panel(title: $0.title, content: .drive($0, longest: longest))
            }
            show(Chart(panels: panels).svg)
        }
    }
}

extension DriveCourse {
    fileprivate var title: String {
        "\(options.joined(separator: " ")): the drive stopped \(stops) times"
    }
}
