import Foundation
import Testing

/// Standard output is a file that takes a part of the stream and then no more, for a moment or for
/// good: what it has is the beginning of the stream, and what is told is true (faults 25).
@Suite(.gated) struct FileOutputTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// How the bytes get from the connection, or the login, into the file.
    enum Way: CaseIterable, CustomTestStringConvertible {
        case auto, splice, ring, ringSplice, copy, buffer, record, both, checksum, home

        var options: Words {
            switch self {
            case .auto, .home: []
            case .splice: "--engine splice"
            case .ring: "--engine ring"
            case .ringSplice: "--engine ring-splice"
            case .copy: "--engine copy"
            case .buffer: "--buffer 1M"
            case .record: "--record 64k"
            case .both: "--record 1000 --buffer 2M"
            case .checksum: "--checksum"
            }
        }

        var testDescription: String { self == .home ? "by the login" : "-o - \(options.text)" }

        func session(_ remote: Words, wrapper: Words) -> Session {
            Session(
                producer: self == .home ? "true" : nil, consumer: self == .home ? nil : "-",
                remote: remote, options: options, wrapper: wrapper)
        }
    }

    /// What takes so many bytes and no more.
    enum Target {
        case limit, sealed, tmpfs, ext4, blockDevice, quota

        static let room = 1_024_000
        static let withoutLoop = [Target.limit, .sealed, .tmpfs]
        static let onLoop = [Target.ext4, .blockDevice]

        /// A script that runs its words with standard output into `$file`, in the folder `$0`.
        var script: String {
            let run = "\"$@\" >$file; status=$?"
            let room = Target.room
            return switch self {
            case .limit: "file=$0/file; (ulimit -f \(room / 1024); \(run); exit $status); status=$?"
            case .sealed: "file=$0/file; \(Target.sealing) \"$@\"; status=$?"
            case .tmpfs:
                "mount -t tmpfs -o size=\(room / 1024)k none $0 || exit 9; file=$0/file; \(run)"
            case .ext4:
                """
                truncate -s 3M $0/image; mkfs.ext4 -q -m 0 -O ^has_journal $0/image; mkdir $0/disk
                # Whatever else lay there would be filled.
                mount -o loop $0/image $0/disk || exit 9
                free=$(($(stat -f -c "%a * %S" $0/disk)))
                fallocate -l $((free - \(room))) $0/disk/rest; file=$0/disk/file; \(run)
                """
            case .blockDevice:
                """
                truncate -s \(room) $0/image; file=$(losetup --show -f $0/image) || exit 9; \(run)
                trap "losetup -d $file" EXIT
                """
            case .quota:
                """
                truncate -s 120M $0/image; mkfs.btrfs -q $0/image >/dev/null; mkdir $0/disk
                mount -o loop $0/image $0/disk || exit 9
                btrfs quota enable $0/disk
                btrfs subvolume create $0/disk/part >/dev/null
                btrfs qgroup limit \(room) $0/disk/part; file=$0/disk/part/file; \(run)
                """
            }
        }

        /// Runs its words with standard output into a sealed file, then copies that to `$file`.
        private static var sealing: String {
            """
            perl -e '
                my $name = "sealed"; my $fd = syscall 319, $name, 2; $fd >= 0 or die;
                open my $file, "+<&=", $fd or die; truncate $file, \(room) or die;
                fcntl $file, 1033, 4 or die; open STDOUT, ">&", $file or die;
                my $status = system @ARGV; seek $file, 0, 0; local $/; my $all = <$file>;
                open my $copy, ">", $ENV{file} or die; print $copy $all; close $copy;
                exit($status >> 8)'
            """
        }

        var words: String {
            switch self {
            case .limit: "File too large"
            case .sealed: "Operation not permitted"
            case .tmpfs, .ext4, .blockDevice: "No space left on device"
            case .quota: "Disk quota exceeded"
            }
        }
    }

    @Test(
        .tries(.fullDisk), .needsMountNamespaces, arguments: Target.withoutLoop, Way.allCases)
    func `a file that takes no more has the beginning, and the count is its length`(
        target: Target, way: Way
    ) async throws {
        try await fill(target, way)
    }

    @Test(.tries(.fullDisk), .needsLoopDevices, arguments: Target.onLoop, Way.allCases)
    func `a full disk has the beginning, and the count is its length`(
        target: Target, way: Way
    ) async throws {
        try await fill(target, way)
    }

    @Test(.tries(.fullDisk), .needsMountNamespaces, .needsQuota, arguments: Way.allCases)
    func `a quota is as a full disk`(way: Way) async throws {
        try await fill(.quota, way)
    }

    private func fill(_ target: Target, _ way: Way) async throws {
        for excess in [1, 50_000, 2_000_000] {
            let scratch = try Scratch()
            try await shell(
                "head -c \(Target.room + excess) /dev/urandom >$1; mkdir $2",
                scratch / "sent", scratch / "place")
            let script = """
                export file; \(target.script)
                if [ -b $file ]; then size=$(blockdev --getsize64 $file); else size=$(stat -c %s $file); fi
                echo $size >\(scratch / "size"); cmp -n $size $file \(scratch / "sent") || echo differs
                exit $status
                """
            let wrapper = "unshare -m" + Words(["bash", "-c", script, scratch / "place"])
            let ending = try await way.session(["cat", scratch / "sent"], wrapper: wrapper)
                .run(within: .seconds(60))
            let comment: Comment = "\(excess) too many: \(ending.testDescription)"
            #expect(ending.status == 125, comment)
            #expect(!ending.text.contains("differs"), comment)
            let size = scratch.text("size").flatMap { Int($0.dropLast()) }
            let told = ending.error.firstMatch(of: #/after ([0-9,]+) bytes?:/#)?.1
            #expect(told.flatMap { Int($0.filter { $0 != "," }) } == size, comment)
            #expect(ending.error.contains(target.words), comment)
        }
    }

    @Test(.tries(.fullDisk), .needsMountNamespaces, arguments: Way.allCases)
    func `a disk that is full for moments costs the session or nothing`(way: Way) async throws {
        try await shell(
            "head -c 8000000 /dev/urandom >$1; mkdir $2", scratch / "sent", scratch / "place")
        let script = """
            mount -t tmpfs -o size=9000k none $0 || exit 9
            file=$0/file
            while :; do
                fallocate -l 8900k $0/rest 2>/dev/null || head -c 8900k /dev/zero >$0/rest
                rm -f $0/rest; sleep .01
            done 2>/dev/null & other=$!
            "$@" >$file; status=$?; kill $other; wait $other
            if [ $status = 0 ]; then cmp $file \(scratch / "sent") || echo differs; fi
            cmp -n $(stat -c %s $file) $file \(scratch / "sent") || echo differs
            exit $status
            """
        let wrapper = "unshare -m" + Words(["bash", "-c", script, scratch / "place"])
        let slowly = "for i in $(seq 40); do head -c 200000; sleep .005; done <$1"
        let ending = try await way.session(.sh(slowly, scratch / "sent"), wrapper: wrapper)
            .run(within: .seconds(60))
        #expect([0, 125].contains(ending.status), "\(ending.testDescription)")
        #expect(!ending.text.contains("differs"), "\(ending.testDescription)")
    }
}

extension Trait where Self == ConditionTrait {
    fileprivate static var needsLoopDevices: ConditionTrait {
        .enabled("disks of our own need root, mkfs.ext4, loop devices and mount namespaces") {
            try await isMounted("mkfs.ext4 -q image; mount -o loop image disk")
        }
    }

    /// The tools for ext4 and xfs are rarer still, and so are kernels that keep their quotas.
    fileprivate static var needsQuota: ConditionTrait {
        .enabled("a quota needs btrfs, in the kernel and its tools") {
            try await isMounted(
                "mkfs.btrfs -q image; mount -o loop image disk && btrfs quota enable disk")
        }
    }

    private static func isMounted(_ script: String) async throws -> Bool {
        guard Program.isRoot else { return false }
        let scratch = try Scratch()
        let all = "cd $0 && mkdir disk && truncate -s 120M image && { \(script); }"
        return try await Run("unshare -m" + Words(["bash", "-c", all, scratch.path]))
            .ending().status == 0
    }
}
