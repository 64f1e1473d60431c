package intake

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

func TestAddressLimiterAllowsEachAddressItsOwnRate(t *testing.T) {
	l := newAddressLimiter(1, 2)
	now := time.Unix(1000, 0)
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for i, want := range []bool{true, true, false} {
		if got := l.allow(a, now); got != want {
			t.Errorf("request %d: allowed %v, want %v", i, got, want)
		}
	}
	if !l.allow(b, now) {
		t.Error("another address was refused for the first one's requests")
	}
	if !l.allow(a, now.Add(time.Second)) {
		t.Error("a second later the address is still refused")
	}
}

func TestAddressLimiterCountsIPv6ByNetwork(t *testing.T) {
	l := newAddressLimiter(1, 1)
	now := time.Unix(1000, 0)
	l.allow(netip.MustParseAddr("2001:db8::1"), now)
	if l.allow(netip.MustParseAddr("2001:db8::2"), now) {
		t.Error("another address of the same /64 got its own rate")
	}
	if !l.allow(netip.MustParseAddr("2001:db8:1::1"), now) {
		t.Error("an address of another network was refused")
	}
}

func TestAddressLimiterStaysBounded(t *testing.T) {
	l := newAddressLimiter(1, 1)
	for i := range uint32(3 * maxAddresses) {
		var raw [4]byte
		binary.BigEndian.PutUint32(raw[:], i)
		l.allow(netip.AddrFrom4(raw), time.Unix(1000, 0))
	}
	if len(l.seen) > maxAddresses {
		t.Errorf("%d addresses are remembered, the bound is %d", len(l.seen), maxAddresses)
	}
}
