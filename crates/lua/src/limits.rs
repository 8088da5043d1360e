//! How much a run may take.

/// The budgets of a run, and the sizes of what goes in and out. In a session, time, output and result
/// are counted for each program anew; calls and memory for the session.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Processor time of the machine, in milliseconds.
    pub cpu_ms_max: u64,
    /// Time that passes while the machine runs, in milliseconds; waiting for the host is not counted.
    pub wall_ms_max: u64,
    /// Time from start to end, waiting included, in milliseconds.
    pub run_ms_max: u64,
    /// Memory of the machine, in bytes.
    pub memory_bytes_max: usize,
    /// Requests to the host, whether for actions, MCP servers or documentation.
    pub calls_max: u32,
    /// Requests to the host at the same time, by `parallel`.
    pub parallel_calls_max: usize,
    /// How long one request may take, waits for rate limits included, in milliseconds.
    pub call_ms_max: u64,
    /// How long the engine waits for one rate limit before it tries again, in milliseconds; a longer
    /// `Retry-After` is the program's to deal with.
    pub rate_limit_wait_ms_max: u64,
    /// How often a rate-limited request is tried again.
    pub rate_limit_retries_max: u32,
    /// What is printed, in characters; the rest is cut, and the outcome says so.
    pub output_chars_max: usize,
    /// What is printed, in lines; the rest is cut, and the outcome says so.
    pub output_lines_max: usize,
    /// What the program returns, in bytes of JSON.
    pub result_bytes_max: usize,
    /// The arguments of one call, and what `json.encode` makes, in bytes of JSON.
    pub json_bytes_max: usize,
    /// Values within values, in JSON of either direction.
    pub json_depth_max: usize,
    /// The program itself, in bytes.
    pub source_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu_ms_max: 30_000,
            wall_ms_max: 60_000,
            run_ms_max: 600_000,
            memory_bytes_max: 32 * 1024 * 1024,
            calls_max: 200,
            parallel_calls_max: 8,
            call_ms_max: 60_000,
            rate_limit_wait_ms_max: 10_000,
            rate_limit_retries_max: 3,
            output_chars_max: 100_000,
            output_lines_max: 5_000,
            result_bytes_max: 1024 * 1024,
            json_bytes_max: 4 * 1024 * 1024,
            json_depth_max: 64,
            source_bytes_max: 128 * 1024,
        }
    }
}
