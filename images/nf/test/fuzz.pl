# SPDX-License-Identifier: Apache-2.0
# Sends made-up requests to a control socket: fuzz.pl SOCKET CASES SEED. Each is a good one that was broken in a few places, in a connection of its own,
# which may be cut before its answer. Fails when nothing answers any more.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($path, $cases, $seed) = @ARGV;
srand($seed);
my @good = (
	'{"id":1,"method":"info","params":[{}]}',
	'{"id":"x","method":"stats","params":[]}{"id":2,"method":"stop"}',
	'{"id":3,"method":"start","params":[{"trial":7,"frames":[{"bytes":64,"weight":7},{"bytes":1518}],"flows":{"count":100,"choice":"zipf","skew":1.1,'
		. '"vary":"address","seed":9},"ratePps":1000.5,"burst":32,"packets":100,"srcIp":"198.18.0.1","dstIp":"198.18.0.2","vlan":7,"transport":"tcp",'
		. '"network":"ipv4","dstMac":"02:00:00:00:00:02"}]}',
	'{"id":4,"method":"start","params":[{"trial":8,"hold":true,"reverse":{"flows":{"count":3}},"mode":"macswap","drop":[{"every":3,"sourcePort":9}],'
		. '"work":{"cycles":10,"bytes":4096},"rewrite":[{"port":0,"dstMac":"02:00:00:00:00:02"}],"delayNs":1000,"jitterNs":10,"loss":0.1,"seed":1}]}',
	'{"id":5,"method":"send","params":[{}]}',
	'{"id":8,"method":"start","params":[{"trial":10,"impair":{"delayNs":1000000,"jitterNs":1000,"lossPpb":1000000,"duplicatePpb":10,"reorderPpb":10,'
		. '"seed":3},"mode":"macswap","rewrite":[{"port":1,"dstMac":"02:00:00:00:00:02"}]}]}',
	'{"id":6,"method":"start","params":[{"trial":9,"tscAhead":[1099511627775,0]}]}{"id":7,"method":"clock"}',
);
my @tokens = ('"', '{', '}', '[', ']', ',', ':', '\\', '\\u0000', "\0", "\x{ff}", '-1', '0', '1e308', '18446744073709551616', 'null', 'true', '""', '{}', '[[[[',
	'9' x 400, 'x' x 5000, '[' x 3000, '"trial":', '"frames":', ' ' x 64);

for my $case (1 .. $cases) {
	my $text = $good[rand @good];
	for (1 .. rand 5) {
		my $at = int rand(1 + length $text);
		my $what = int rand 5;
		if ($what == 0) { substr($text, $at, 1) = chr int rand 256 if $at < length $text }
		elsif ($what == 1) { substr($text, $at, 0) = $tokens[rand @tokens] }
		elsif ($what == 2) { substr($text, $at, int rand 20) = '' if $at < length $text }
		elsif ($what == 3) { my $other = $good[rand @good]; substr($text, $at, 0) = substr($other, rand length $other, 40) }
		else { $text = substr($text, 0, $at) }
	}
	my $socket;
	for (1 .. 100) {
		last if $socket = IO::Socket::UNIX->new(Peer => $path);
		select undef, undef, undef, 0.02;
	}
	die "case $case (seed $seed): nobody listens\n" unless $socket;
	local $SIG{PIPE} = 'IGNORE';
	my $half = int rand(1 + length $text);
	$socket->syswrite(substr $text, 0, $half);
	$socket->syswrite(substr $text, $half);
	next if rand() < 0.2;
	shutdown $socket, 1;
	local $SIG{ALRM} = sub { die "case $case (seed $seed): no answer to $text\n" };
	alarm 60;
	1 while sysread $socket, my $chunk, 65536;
	alarm 0;
}
print "fuzz: $cases requests borne\n";
