"""latentgpu's random draws in NumPy: Philox 4x32-10 (Salmon et al. 2011), addressed by seed, stream, step and element, and the order
of the rows of an epoch. The same numbers as on the GPU."""
import numpy

U32 = numpy.uint32(0xFFFFFFFF)
REPARAMETERIZE = 3


def philox(block, step, stream, seed):
    """Random words [n, 4] of the blocks [n]."""
    with numpy.errstate(over="ignore"):
        zeros = numpy.zeros_like(block, dtype=numpy.uint64)
        c = [block.astype(numpy.uint64), zeros + (step & 0xFFFFFFFF), zeros + stream, zeros]
        k0, k1 = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
        low = numpy.uint64(0xFFFFFFFF)
        for _ in range(10):
            a, b = c[0] * numpy.uint64(0xD2511F53), c[2] * numpy.uint64(0xCD9E8D57)
            high = lambda v: v >> numpy.uint64(32)
            c = [high(b) ^ c[1] ^ numpy.uint64(k0), b & low, high(a) ^ c[3] ^ numpy.uint64(k1), a & low]
            k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return numpy.stack(c, -1)


def normals(count, seed, step, stream=REPARAMETERIZE):
    """Standard normals of the elements 0 to count, by Box-Muller."""
    words = philox(numpy.arange((count + 3) // 4), step, stream, seed)
    u = (words >> numpy.uint64(8)).astype(numpy.float64) / 2**24
    radius = numpy.sqrt(-2 * numpy.log(1 - u[:, 0::2]))
    angle = 2 * numpy.pi * u[:, 1::2]
    pairs = numpy.stack([radius * numpy.cos(angle), radius * numpy.sin(angle)], -1)
    return pairs.reshape(-1)[:count].astype(numpy.float32)


def _mix(value, key):
    h = ((value ^ key) * 0x85EBCA6B) & 0xFFFFFFFF
    h ^= h >> 13
    h = (h * 0xC2B2AE35) & 0xFFFFFFFF
    return h ^ (h >> 16)


def order(count, seed, epoch):
    """Which row stands at each place of an epoch: a Feistel network of 4 rounds, walked until it lands below count."""
    half = 1
    while 4**half < count:
        half += 1
    mask = 2**half - 1
    key = _mix(_mix(seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF), epoch)
    rows = []
    for at in range(count):
        while True:
            left, right = at >> half, at & mask
            for turn in range(1, 5):
                left, right = right, left ^ (_mix(right, (key + turn * 0x9E3779B9) & 0xFFFFFFFF) & mask)
            at = (left << half) | right
            if at < count:
                break
        rows.append(at)
    return numpy.array(rows)
