#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs every application of a self-checking build (make asan) on ports that need neither huge pages nor capabilities, pesters the control sockets with
# good and bad requests, and fails on any report of AddressSanitizer or UBSan, any unexpected answer, and any exit that is not clean.
set -euo pipefail

program=${1:?usage: $0 PROGRAM}
ctl="$(dirname "$0")/ctl.pl"
dir=$(mktemp -d)
cpus=$(nproc)
worker=$((cpus > 1 ? 1 : 0))
# DPDK's own one-off allocations at start-up are not ours to free; leaks of our own are caught by the checks below of what grows.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0:exitcode=99 UBSAN_OPTIONS=print_stacktrace=1
declare -A pids=()
failures=0

fail() {
	echo "FAIL: $*" >&2
	failures=$((failures + 1))
}
trap 'kill -KILL "${pids[@]}" 2>/dev/null || :; rm -rf "$dir"' EXIT

# Starts an NF: start NAME APP [ARGUMENTS]...
start() {
	local name=$1 app=$2
	shift 2
	"$program" "$app" --cpu "$worker" --main-cpu 0 --memory-mib 96 --no-huge --yield --control "$dir/$name.sock" "$@" >"$dir/$name.log" 2>&1 &
	pids[$name]=$!
}
# Waits until an NF answers.
ready() {
	for ((i = 0; i < 500; i++)); do
		[ -S "$dir/$1.sock" ] && return
		kill -0 "${pids[$1]}" 2>/dev/null || break
		sleep 0.02
	done
	cat "$dir/$1.log" >&2
	fail "$1 did not come up"
	exit 1
}
# Sends text; the answer must match a pattern: expect NAME TEXT PATTERN
expect() {
	local answer
	answer=$(perl "$ctl" "$dir/$1.sock" "$2" 2>&1) || :
	[[ $answer == *"$3"* ]] || fail "$1: ${2:0:120} -> ${answer:0:300} (wanted $3)"
}
# Ends an NF, which must be clean and leave no socket behind.
finish() {
	local status=0
	kill -TERM "${pids[$1]}"
	wait "${pids[$1]}" || status=$?
	unset "pids[$1]"
	[ "$status" -eq 0 ] || fail "$1 ended with status $status"
	[ ! -e "$dir/$1.sock" ] || fail "$1 left its socket behind"
	if grep -E 'Sanitizer|runtime error' "$dir/$1.log"; then fail "$1: see above"; fi
}
# What every NF must bear.
pester() {
	local deep
	deep=$(printf '[%.0s' {1..5000})
	expect "$1" '{"id":1,"method":"info","params":[{}]}' '"error":null'
	expect "$1" '{"id":"a b","method":"stats","params":[]}' '"id":"a b","result":{"tsc":'
	expect "$1" '{"id":[1,{"x":null}],"method":"stats"}' '"id":[1,{"x":null}],"result"'
	expect "$1" '  {"id":2 , "method":"nonsense","params":[{}]}' 'unknown method'
	expect "$1" '{"id":3,"params":[{}]}' 'wants a method'
	expect "$1" '{"id":3,"method":7}' 'wants a method'
	expect "$1" '{"id":3,"method":"aVeryLongMethodNameThatFitsNowhereAtAll"}' 'wants a method'
	expect "$1" '{"id":4,"method":"start","params":{}}' 'params is an array'
	expect "$1" '{"id":4,"method":"start","params":[7]}' 'params is an array'
	expect "$1" '{"id":4,"method":"start","params":[{}]}' 'wants a trial'
	expect "$1" '{"id":4,"method":"start","params":[{"trial":65536}]}' 'wants a trial'
	expect "$1" '{"id":4,"method":"start","params":[{"trial":-1}]}' 'wants a trial'
	expect "$1" '{"id":4,"method":"start","params":[{"trial":1e3}]}' 'wants a trial'
	expect "$1" 'nonsense' 'not JSON'
	expect "$1" '}' 'not JSON'
	expect "$1" '{"a" 1}' 'not JSON'
	expect "$1" "$deep" 'not JSON'
	expect "$1" "\"$(printf 'x%.0s' {1..70000})\"" 'not JSON'
	expect "$1" $'{"id":"\x01"}' 'not JSON'
}

# Broken requests by the thousand, after which it still answers.
fuzz() {
	perl "$(dirname "$0")/fuzz.pl" "$dir/$1.sock" "${FUZZ_CASES:-2000}" "${FUZZ_SEED:-1}" || fail "$1 did not bear broken requests"
	expect "$1" '{"id":1,"method":"info"}' '"error":null'
}

# A capture of a frame of 60 bytes and one of 20; and a file that is none.
{
	printf '\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0'
	printf '\0\0\0\0\0\0\0\0\x3c\0\0\0\x3c\0\0\0'
	printf 'x%.0s' {1..60}
	printf '\0\0\0\0\0\0\0\0\x14\0\0\0\x14\0\0\0'
	printf 'y%.0s' {1..20}
} >"$dir/two.pcap"
printf '\x0a\x0d\x0d\x0a%.0s' {1..20} >"$dir/ng.pcap"

start gen pktgen --port driver=null
ready gen
pester gen
mac='"dstMac":"02:00:00:00:00:02"'
imix='[{"bytes":64,"weight":7},{"bytes":570,"weight":4},{"bytes":1518,"weight":1}]'
for bad in '"frames":64' '"frames":[]' '"frames":[{"bytes":63}]' '"frames":[{"bytes":1519}]' '"frames":[{"bytes":9019}]' '"frames":[{"bytes":64,"weight":0}]' \
	'"frames":[{"bytes":64,"weight":1025}]' '"frames":[7]' '"flows":1' '"flows":{"count":0}' '"flows":{"count":1000001}' '"flows":{"choice":"x"}' \
	'"flows":{"skew":-1}' '"flows":{"vary":7}' '"flows":{"seed":4294967296}' '"burst":0' '"burst":65' '"ratePps":-1' '"ratePps":"x"' '"packets":0' \
	'"srcIp":"1.2.3"' '"dstIp":4' '"dstIp":"2001:2::2"' '"network":"ipv6","srcIp":"1.2.3.4"' '"network":"ipx"' '"transport":"sctp"' '"vlan":4095' '"vlan":0' \
	'"network":"ipv6"' '"transport":"tcp","frames":[{"bytes":75}]' '"pcap":7' '"pcap":""' '"pcap":"/nonexistent"' "\"pcap\":\"$dir\"" "\"pcap\":\"$dir/ng.pcap\"" \
	'"dstMac":"02:00"'; do
	expect gen "{\"id\":5,\"method\":\"start\",\"params\":[{\"trial\":1,$bad,$mac}]}" '"result":null'
done
expect gen "{\"id\":5,\"method\":\"start\",\"params\":[{\"trial\":1,\"network\":\"ipv6\",\"transport\":\"tcp\",\"vlan\":7,$mac}]}" 'the smallest has 100 bytes'
for good in '"frames":[{"bytes":64}]' '"frames":[{"bytes":1518}],"flows":{"count":65536}' '"flows":{"count":3,"vary":"address"},"burst":64' '"ratePps":1000' \
	'"ratePps":1234.5,"burst":1' '"srcIp":"198.18.0.1","dstIp":"198.18.0.2"' "\"frames\":$imix" "\"frames\":$imix,\"flows\":{\"count\":1000,\"choice\":\"zipf\"}" \
	"\"frames\":$imix,\"flows\":{\"count\":1000,\"choice\":\"uniform\",\"vary\":\"address\"}" '"packets":1000' '"packets":1000,"ratePps":100000' \
	'"frames":[{"bytes":1522}],"vlan":4094' '"frames":[{"bytes":84},{"bytes":512}],"network":"ipv6","flows":{"count":1000000,"choice":"zipf","skew":1.2}' \
	'"frames":[{"bytes":100},{"bytes":512}],"network":"ipv6","transport":"tcp","vlan":1,"flows":{"count":1000,"vary":"address"}' \
	'"frames":[{"bytes":76}],"transport":"tcp"' "\"pcap\":\"$dir/two.pcap\"" "\"pcap\":\"$dir/two.pcap\",\"ratePps\":5000" '"burst":1'; do
	expect gen "{\"id\":5,\"method\":\"start\",\"params\":[{\"trial\":1,$good,$mac}]}" '"result":{}'
	sleep 0.1
	[[ $(perl "$ctl" "$dir/gen.sock" '{"id":1,"method":"stats"}') =~ \"sent\":([0-9]+),\"sentBytes\":([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -gt 20 ] &&
		[ "${BASH_REMATCH[2]}" -ge $((64 * BASH_REMATCH[1])) ] || fail "gen: $good sent nothing"
done
expect gen '{"id":6,"method":"stop","params":[{}]}' '"result":{}'
fuzz gen
expect gen '{"id":6,"method":"stop","params":[{}]}' '"result":{}'
finish gen

# Jumbo frames, where the port is told to take them.
start gen pktgen --port driver=null,mtu=9000
ready gen
expect gen "{\"id\":5,\"method\":\"start\",\"params\":[{\"trial\":1,\"frames\":[{\"bytes\":64},{\"bytes\":9018}],$mac}]}" '"result":{}'
sleep 0.1
expect gen '{"id":6,"method":"info"}' '"mtu":9000'
finish gen

start sink stats --port driver=null
ready sink
pester sink
fuzz sink
expect sink '{"id":1,"method":"start","params":[{"trial":3}]}' '"result":{}'
sleep 0.2
expect sink '{"id":1,"method":"stats"}' '"trial":3'
finish sink

# A chain over memif: generator, forwarder, receiver.
start fwd l2fwd --port "driver=memif,socket=$dir/a.memif,role=server,id=0" --port "driver=memif,socket=$dir/b.memif,role=server,id=0"
ready fwd
fuzz fwd
start gen pktgen --port "driver=memif,socket=$dir/a.memif,role=client,id=0,mac=02:00:00:00:00:01"
start sink stats --port "driver=memif,socket=$dir/b.memif,role=client,id=0"
ready gen
ready sink
for name in gen sink; do
	for ((i = 0; i < 200; i++)); do
		[[ $(perl "$ctl" "$dir/$name.sock" '{"id":1,"method":"stats"}') == *'"linkUp":true'* ]] && break
		sleep 0.05
	done
done
pester fwd
expect fwd '{"id":1,"method":"start","params":[{"trial":9,"rewrite":[{"port":7,"dstMac":"02:00:00:00:00:02"}]}]}' 'port that is not there'
expect fwd '{"id":1,"method":"start","params":[{"trial":9,"rewrite":[{"port":1}]}]}' 'wants a dstMac'
expect fwd '{"id":1,"method":"start","params":[{"trial":9,"rewrite":{}}]}' 'rewrite is an array'
expect fwd '{"id":1,"method":"start","params":[{"trial":9,"rewrite":[{"port":1,"dstMac":"02:00:00:00:00:02"}]}]}' '"result":{}'
expect sink '{"id":1,"method":"start","params":[{"trial":9}]}' '"result":{}'
expect gen "{\"id\":1,\"method\":\"start\",\"params\":[{\"trial\":9,\"flows\":{\"count\":100},\"ratePps\":20000,$mac}]}" '"result":{}'
sleep 0.5
# A client that goes away in the middle, and one that sends two requests in pieces.
perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => $ARGV[0]); print $s "{\"id\":1,\"met"; $s->flush()' "$dir/sink.sock"
[[ $(perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => $ARGV[0]); $s->autoflush(1); print $s "{\"id\":1,\"me"; select undef, undef, undef, 0.05;
	print $s "thod\":\"info\"}{\"id\":2,\"method\":\"info\"}"; shutdown $s, 1; print while <$s>' "$dir/sink.sock") == *'"id":2'* ]] || fail "two requests in pieces"
expect gen '{"id":1,"method":"stop"}' '"result":{}'
sleep 0.1
answer=$(perl "$ctl" "$dir/sink.sock" '{"id":1,"method":"stats"}')
[[ $answer =~ \"received\":([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -gt 1000 ] || fail "chain delivered ${answer:0:500}"
[[ $answer == *'"duplicates":0'* && $answer == *'"reordered":0'* ]] || fail "order: ${answer:0:500}"
expect fwd '{"id":1,"method":"stats"}' '"forwarded":'
finish gen
finish sink
finish fwd

# Two chains share a forwarder and a receiver: each has its own two ports of the one and its own port of the other, with figures of its own.
memif() { echo "driver=memif,socket=$dir/$1.memif,role=$2,id=0,mac=02:00:00:00:00:$3"; }
figure() { perl "$ctl" "$dir/$1.sock" '{"id":1,"method":"stats"}' | perl -0ne "$2"; }
start fwd l2fwd --port "$(memif a server 10)" --port "$(memif b server 11)" --port "$(memif c server 12)" --port "$(memif d server 13)"
ready fwd
start sink stats --port "$(memif b client 20)" --port "$(memif d client 21)"
start gena pktgen --port "$(memif a client 01)"
start genb pktgen --port "$(memif c client 02)"
for name in sink gena genb; do ready $name; done
# With a rule that no packet meets.
expect fwd '{"id":1,"method":"start","params":[{"trial":4,"mode":"macswap","drop":[{"every":3,"dstPort":10}]}]}' '"result":{}'
expect sink '{"id":1,"method":"start","params":[{"trial":4,"flows":{"count":60001}}]}' '"result":{}'
expect gena "{\"id\":1,\"method\":\"start\",\"params\":[{\"trial\":4,\"packets\":3000,\"ratePps\":20000,$mac}]}" '"result":{}'
expect genb "{\"id\":1,\"method\":\"start\",\"params\":[{\"trial\":4,\"packets\":1200,\"ratePps\":10000,$mac}]}" '"result":{}'
for ((i = 0; i < 200; i++)); do
	answer=$(figure sink '/"index":0.*?"rxPackets":(\d+).*"index":1.*?"rxPackets":(\d+)/ && print "$1 $2"')
	[ "$answer" = "3000 1200" ] && break
	sleep 0.05
done
[ "$answer" = "3000 1200" ] || fail "the ports of the shared receiver took $answer"
answer=$(figure sink '/"index":1.*?"app":\{"received":(\d+).*?"lost":(\d+).*\],"worker".*"app":\{"received":(\d+).*?"lost":(\d+)/ && print "$1 $2 $3 $4"')
[ "$answer" = "1200 0 3000 0" ] || fail "the chains of the shared receiver: $answer"
answer=$(figure fwd 'print join " ", /"app":\{"dropped":(\d+)\}/g')
[ "$answer" = "0 0 0 0" ] || fail "a rule for other packets dropped: $answer"
for name in gena genb; do expect $name '{"id":1,"method":"stop"}' '"result":{}'; done
expect fwd '{"id":1,"method":"start","params":[{"trial":5,"drop":[{"every":3}]}]}' '"result":{}'
expect sink '{"id":1,"method":"start","params":[{"trial":5}]}' '"result":{}'
expect genb "{\"id\":1,\"method\":\"start\",\"params\":[{\"trial\":5,\"packets\":1200,\"ratePps\":10000,$mac}]}" '"result":{}'
for ((i = 0; i < 200; i++)); do
	answer=$(figure fwd 'print join " ", /"app":\{"dropped":(\d+)\}/g')
	[ "$answer" = "0 0 0 400" ] && break
	sleep 0.05
done
[ "$answer" = "0 0 0 400" ] || fail "what was dropped stands at the ports as $answer"
expect sink '{"id":1,"method":"stats"}' '"app":{"received":0,'
for name in gena genb sink fwd; do finish $name; done

# A bad line that two chains share loses packets of the one that sends.
start bad impair --port "$(memif a server 10)" --port "$(memif b server 11)" --port "$(memif c server 12)" --port "$(memif d server 13)"
ready bad
pester bad
fuzz bad
start sink stats --port "$(memif b client 20)" --port "$(memif d client 21)"
start gen pktgen --port "$(memif c client 02)"
start other pktgen --port "$(memif a client 01)"
for name in sink gen other; do ready $name; done
for wrong in '[]' '{"delayNs":1000000001}' '{"delayNs":10,"jitterNs":11}' '{"jitterNs":1}' '{"lossPpb":1000000001}' '{"duplicatePpb":-1}' '{"reorderPpb":0.5}' \
	'{"seed":4294967296}'; do
	expect bad "{\"id\":1,\"method\":\"start\",\"params\":[{\"trial\":6,\"impair\":$wrong}]}" '"result":null'
done
expect bad '{"id":1,"method":"start","params":[{"trial":6,"rewrite":{}}]}' 'rewrite is an array'
expect bad '{"id":1,"method":"start","params":[{"trial":6,"impair":{"lossPpb":1000000000}}]}' '"result":{}'
expect gen "{\"id\":1,\"method\":\"start\",\"params\":[{\"trial\":6,\"packets\":500,$mac}]}" '"result":{}'
for ((i = 0; i < 200; i++)); do
	answer=$(figure bad 'print join " ", /"lost":(\d+)/g')
	[ "$answer" = "0 0 0 500 500" ] && break
	sleep 0.05
done
[ "$answer" = "0 0 0 500 500" ] || fail "what the bad line lost stands at its ports as $answer"
for name in gen other sink bad; do finish $name; done

# As many ports as there can be, and one more.
many=()
for ((i = 0; i < 32; i++)); do many+=(--port driver=null,queue_size=64); done
start sink stats --memory-mib 320 "${many[@]}"
ready sink
expect sink '{"id":1,"method":"stats"}' '"index":31,'
finish sink
status=0
"$program" stats --cpu 0 --main-cpu 0 --control "$dir/x" "${many[@]}" --port driver=null,queue_size=64 >"$dir/log" 2>&1 || status=$?
[ "$status" -eq 64 ] && grep -q 'more than 32 ports' "$dir/log" || fail "33 ports ended with status $status"

# Wrong command lines.
for words in "" "pktgen" "nosuch --cpu 0 --main-cpu 0 --control $dir/x --port driver=null" "pktgen --cpu x --main-cpu 0 --control $dir/x --port driver=null" \
	"pktgen --cpu 0 --main-cpu 0 --control $dir/x --port nonsense" "pktgen --cpu 0 --main-cpu 0 --control $dir/x --port driver=virtio-user" \
	"stats --cpu 0 --main-cpu 0 --control $dir/x --port driver=af_packet,ip=1.2.3" "stats --cpu 0 --main-cpu 0 --control $dir/x --port driver=null,mac=zz" \
	"stats --cpu 0 --main-cpu 0 --control $dir/x --port driver=memif,socket=/x,queue_size=100" \
	"stats --cpu 0 --main-cpu 0 --control $dir/x --port driver=device" "stats --cpu 0 --main-cpu 0 --control $dir/x --port driver=null,device=0000:03:00.0" \
	"stats --cpu 0 --main-cpu 0 --control $dir/x --port driver=device,device=0000:03:00.0,iface=lo"; do
	status=0
	# shellcheck disable=SC2086 # words on purpose
	"$program" $words >"$dir/log" 2>&1 || status=$?
	[ "$status" -eq 64 ] || { cat "$dir/log"; fail "'$words' ended with status $status"; }
done

[ "$failures" -eq 0 ] || exit 1
echo "asan: all well"
