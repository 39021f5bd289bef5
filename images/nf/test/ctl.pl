#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Sends one line as it is to a control socket and prints the answer: ctl.pl SOCKET TEXT. Perl, because the base system has it.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($path, $text) = @ARGV;
my $socket = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!\n";
alarm 10;
print $socket $text;
$socket->flush();
my ($answer, $depth, $in_string) = ('', 0, 0);
while (sysread($socket, my $chunk, 65536)) {
	$answer .= $chunk;
	(my $bare = $answer) =~ s/"(?:[^"\\]|\\.)*"//g;
	last if ($bare =~ tr/{//) == ($bare =~ tr/}//);
}
print "$answer\n";
