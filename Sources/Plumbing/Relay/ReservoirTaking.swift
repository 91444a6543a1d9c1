import LinuxSystem

/// What a reservoir pump takes from its source.
extension ReservoirPump {
    mutating func take(_ kernel: inout Kernel, _ now: Instant) -> Bool {
        guard progress.isRunning, progress.source == .open else { return false }
        guard bypass != nil, store.count == 0, watermarks?.isFeeding ?? true else {
            return put(&kernel)
        }
        return pass(&kernel, now)
    }

    /// Moves past the empty store what the reader takes at once.
    private mutating func pass(_ kernel: inout Kernel, _ now: Instant) -> Bool {
        do throws(Errno) {
            switch try bypass?.move(from: source, to: target, &kernel, now) {
            case .moved(let count)?:
                if count == 0 { progress.source = .ended }
                progress.given += Int64(count)
                watermarks?.note(0)
                return true
            case .readerIsFull?:
                obstacle = .reader
                return bypass?.graceEnds.map { $0 <= now } == true && put(&kernel)
            case .sourceIsEmpty?, nil:
                obstacle = .nothing
                return false
            }
        } catch .invalid {
            bypass = nil
            return true
        } catch {
            progress.fail(error, .fromConnection)
            return false
        }
    }

    private mutating func put(_ kernel: inout Kernel) -> Bool {
        let wasFull = store.isFull
        // Full for want of memory, it feeds at any fill: that is to be looked at once more.
        guard let space = unsafe store.space() else { return !wasFull }
        do throws(Errno) {
            let count = try unsafe kernel.read(source, into: space)
            unsafe checksum?.add(UnsafeRawBufferPointer(rebasing: space[..<count]))
            store.filled(count)
            if count == 0 {
                progress.source = .ended
                fillUp()
            }
        } catch .wouldBlock {
            return false
        } catch {
            progress.source = .failed(error)
        }
        progress.held = store.count
        watermarks?.note(Int64(store.count))
        return true
    }

    /// Fills the last record up with zeros.
    mutating func fillUp() {
        guard let record, record.isPadded else { return }
        let over = (store.count - owed) % record.size
        guard over > 0 else { return }
        store.append([UInt8](repeating: 0, count: record.size - over))
        counts?.padded = record.size - over
        progress.held = store.count
    }
}
