use proptest::prelude::*;

use super::*;

/// A datagram as the kernel makes it: 24 bytes of data, whatever the event.
fn datagram(what: u32, sequence: u32, data: &[u32]) -> Vec<u8> {
    let done = u32::from_ne_bytes(two(DONE, 0));
    let len = u32::from_ne_bytes(two(40, 0));
    let head = [76, done, 7, 0, 1, 1, sequence, 45, len, what, 3];
    let mut bytes: Vec<u8> = head.into_iter().flat_map(u32::to_ne_bytes).collect();
    bytes.extend(9_000_000_000_u64.to_ne_bytes());
    bytes.extend(data.iter().copied().flat_map(u32::to_ne_bytes));
    bytes.resize(76, 0);
    bytes
}

fn change_of(what: u32, data: &[u32]) -> KernelChange {
    let reported = parse(&datagram(what, 5, data)).unwrap();
    assert_eq!((reported.cpu, reported.sequence, reported.monotonic_nanos), (3, 5, 9_000_000_000));
    reported.change
}

#[test]
fn each_kind_of_event_is_read() {
    let fork = change_of(1, &[10, 11, 20, 21]);
    assert_eq!(fork, KernelChange::Fork { parent_tgid: 11, pid: 20, tgid: 21 });
    assert_eq!(change_of(2, &[20, 21]), KernelChange::Exec { tgid: 21 });
    let exit = KernelChange::Exit { pid: 20, tgid: 21, wait_status: 0x0300, parent_tgid: 11 };
    assert_eq!(change_of(0x8000_0000, &[20, 21, 0x0300, 17, 10, 11]), exit);
    let user = KernelChange::User { pid: 20, tgid: 21, uid: 33 };
    assert_eq!(change_of(4, &[20, 21, 1000, 33]), user);
    assert_eq!(change_of(0x80, &[20, 21]), KernelChange::Session { tgid: 21 });
    let word = |text: &[u8; 4]| u32::from_ne_bytes(*text);
    let comm = KernelChange::Comm { pid: 20, tgid: 21, comm: "Abc\u{fffd}".into() };
    assert_eq!(change_of(0x200, &[20, 21, word(b"Abc\xff"), 0]), comm);
    for other in [0x40, 0x100, 0x4000_0000, 0x0800_0000] {
        assert_eq!(change_of(other, &[20, 21]), KernelChange::Other);
    }
}

#[test]
fn an_acknowledgement_names_its_request() {
    assert_eq!(change_of(0, &[1]), KernelChange::Answer { to: 44, error: 1 });
}

#[test]
fn a_request_is_a_message_of_forty_bytes() {
    let bytes = Request::Listen.datagram(4);
    assert_eq!(bytes.len(), 40);
    let [length, port, ack, operation] = [0, 12, 28, 36].map(|at| u32_at(&bytes, at).unwrap());
    assert_eq!((length, port, ack, operation), (40, 4, 4, 1));
    assert_eq!((u16_at(&bytes, 4), u16_at(&bytes, 32)), (Some(DONE), Some(4)));
}

#[test]
fn however_often_it_is_asked_the_kernel_counts_one_listener() {
    let counted = |requests: &[Request]| {
        requests.iter().fold(0, |count, request| match request {
            Request::Listen => count + 1,
            Request::Ignore => count - 1,
        })
    };
    let asked = [&[Request::Listen][..], &Request::AGAIN, &Request::AGAIN].concat();
    assert_eq!((counted(&asked), asked.last()), (1, Some(&Request::Listen)));
}

#[test]
fn other_connectors_and_other_kinds_of_message_are_none() {
    let mut other = datagram(1, 5, &[1, 2, 3, 4]);
    other[16] = 9;
    assert_eq!(parse(&other), None);
    let mut error = datagram(1, 5, &[1, 2, 3, 4]);
    error[4] = 2;
    assert_eq!(parse(&error), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..128)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn any_event_cut_off_anywhere_is_read_without_a_panic(
        what in prop_oneof![Just(1_u32), Just(2), Just(4), Just(0x80), Just(0x200), Just(1 << 31), any::<u32>()],
        data in proptest::array::uniform6(any::<u32>()),
        cut in 0_usize..76,
        length in any::<u32>(),
    ) {
        let mut bytes = datagram(what, 1, &data);
        prop_assert!(parse(&bytes).is_some());
        prop_assert_eq!(parse(&bytes[..cut]), None);
        bytes[..4].copy_from_slice(&length.to_ne_bytes());
        let _ = parse(&bytes[..cut]);
    }
}

#[test]
fn fuzz_datagrams() {
    let samples =
        [1, 2, 4, 0x80, 0x200, 1 << 31, 0].map(|what| datagram(what, 1, &[10, 10, 20, 20, 17, 1]));
    let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
    crate::tests::fuzz::fuzz("datagrams", |random| {
        let mut bytes = random.bytes(&samples);
        let whole = parse(&bytes);
        // What follows a message is none of its business.
        bytes.push(7);
        assert!(whole.is_none() || parse(&bytes) == whole);
    });
}
