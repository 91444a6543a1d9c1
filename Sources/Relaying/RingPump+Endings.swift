import LinuxSystem

/// What becomes of an operation that ended.
extension RingPump {
    /// Hears of all that has ended.
    ///
    /// - Returns: Whether anything had.
    mutating func collect(_ ring: inout Ring) -> Bool {
        var hasCollected = false
        while let (operation, result) = ring.nextEnding() {
            hasCollected = true
            switch operation {
            case .take: taken(result, &ring)
            case .give: given(result)
            }
        }
        return hasCollected
    }

    private mutating func taken(_ result: Result<Int, Errno>, _ ring: inout Ring) {
        precondition(isTaking)
        isTaking = false
        let block = reading.take()
        switch result {
        case .success(0):
            if let block { free.append(block) }
            ended(&ring)
        case .success(let count):
            progress.held += count
            if let block { filled.append((block, 0..<count)) }
            goOnReading(behind: count, &ring)
        case .failure(let error):
            if let block { free.append(block) }
            takingFailed(error, &ring)
        }
    }

    /// A splice also says so at urgent data.
    private mutating func ended(_ ring: inout Ring) {
        do throws(Errno) {
            if isBlocks {
                progress.source = .ended
            } else if try ring.hasByte(source) {
                progress.refusal = .urgentData
            } else {
                progress.source = .ended
            }
        } catch {
            takingFailed(error, &ring)
        }
    }

    private mutating func goOnReading(behind count: Int, _ ring: inout Ring) {
        guard let place = readingPlace else { return }
        readingPlace = place + Int64(count)
        do throws(Errno) { try ring.setPosition(of: source, place + Int64(count)) } catch {
            progress.source = .failed(error)
        }
    }

    private mutating func takingFailed(_ error: Errno, _ ring: inout Ring) {
        switch error {
        case .interrupted, .cancelled: break
        case .wouldBlock:
            // A splice does not say whether it was the source or the pipe.
            if progress.held > 0, !isBlocks {
                wantsRoom = true
            } else if !isBlocks, ring.isAtUrgentData(source) {
                progress.refusal = .urgentData
            } else {
                progress.waits.insert(.source)
            }
        case let error where error.meansAnotherWay: progress.refusal = error
        default: progress.source = .failed(error)
        }
    }

    private mutating func given(_ result: Result<Int, Errno>) {
        precondition(isGiving)
        isGiving = false
        switch result {
        case .success(let count):
            precondition(count <= progress.held)
            progress.held -= count
            progress.given += Int64(count)
            wantsRoom = false
            guard let first = filled.first else { return }
            if count < first.range.count {
                filled[0].range = first.range.dropFirst(count)
                claim = claim.map { $0 + Int64(count) }
            } else {
                claim = nil
                filled.removeFirst()
                free.append(first.block)
            }
        case .failure(.interrupted), .failure(.cancelled): break
        case .failure(.wouldBlock): progress.waits.insert(.target)
        case .failure(let error) where error.meansAnotherWay: progress.refusal = error
        case .failure(let error):
            if progress.target == .open { progress.target = .failed(error) }
        }
    }
}
