//! Parses `/proc/PID/status` (`proc_pid_status(5))`: only for single processes, never for all on
//! every refresh.

use crate::model::details::SignalMasks;
use crate::model::key::Pid;

/// What is used of a status file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// The process that it is a thread of.
    pub thread_group: Option<Pid>,
    /// The effective user.
    pub uid: Option<u32>,
    /// The pid in the innermost of its pid namespaces.
    pub innermost_pid: Option<Pid>,
    /// The masks of signals, where all three are there.
    pub signals: Option<SignalMasks>,
    /// The largest resident memory so far, in bytes.
    pub peak_resident: Option<u64>,
    /// Virtual memory, in bytes.
    pub virtual_memory: Option<u64>,
}

impl Status {
    /// Reads what is there; what is not stays unknown.
    pub fn parse(text: &[u8]) -> Self {
        let mut status = Self::default();
        let mut masks = [None; 3];
        for line in text.split(|byte| *byte == b'\n') {
            let Ok(line) = std::str::from_utf8(line) else { continue };
            let Some((name, value)) = line.split_once(':') else { continue };
            let mut words = value.split_ascii_whitespace();
            match name {
                // Real, effective, saved, file system.
                "Uid" => status.uid = words.nth(1).and_then(|uid| uid.parse().ok()),
                "Tgid" => status.thread_group = words.next().and_then(|pid| pid.parse().ok()),
                "NSpid" => {
                    status.innermost_pid = words.next_back().and_then(|pid| pid.parse().ok());
                }
                "SigBlk" => masks[0] = mask(value),
                "SigIgn" => masks[1] = mask(value),
                "SigCgt" => masks[2] = mask(value),
                "VmHWM" => status.peak_resident = kilobytes(words.next()),
                "VmSize" => status.virtual_memory = kilobytes(words.next()),
                _ => {}
            }
        }
        if let [Some(blocked), Some(ignored), Some(caught)] = masks {
            status.signals = Some(SignalMasks { blocked, ignored, caught });
        }
        status
    }
}

fn kilobytes(word: Option<&str>) -> Option<u64> {
    word?.parse().ok().map(|size: u64| size.saturating_mul(1024))
}

fn mask(hexadecimal: &str) -> Option<u64> {
    u64::from_str_radix(hexadecimal.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effective_user_and_the_masks_are_read() {
        let text = b"Name:\ta\\nUid:\t7\nUid:\t1000\t0\t0\t0\nNSpid:\t900\t1\nVmHWM:\t  40 kB\n\
            SigBlk:\t0000000000004000\nSigIgn:\t0000000000001000\nSigCgt:\t0000000180000002\n";
        let status = Status::parse(text);
        assert_eq!((status.uid, status.peak_resident), (Some(0), Some(40 * 1024)));
        assert_eq!(status.innermost_pid, Some(1));
        let masks = SignalMasks { blocked: 0x4000, ignored: 0x1000, caught: 0x1_8000_0002 };
        assert_eq!(status.signals, Some(masks));
    }

    #[test]
    fn nonsense_is_unknown() {
        assert_eq!(Status::parse(b"Uid: x y\nSigBlk: zz\n\xff\xfe:\n:::"), Status::default());
    }
}
