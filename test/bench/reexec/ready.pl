#!/usr/bin/perl
# A worker that is ready when a byte lets it pass the gate. It appends when it began to send that, and says so in its status.
use strict;
use warnings;
use IO::Socket::UNIX;
use Time::HiRes qw(time);

my ($gate, $diary) = @ARGV;
my $name = $ENV{NOTIFY_SOCKET} =~ s/^@/\0/r;
socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or die $!;
connect $socket, Socket::pack_sockaddr_un($name) or die $!;
open my $waiting, '<', $gate or die $!;
sysread $waiting, my $byte, 1;
my $at = int(1000 * time);
defined send $socket, "STATUS=worker $$\nREADY=1", 0 or die $!;
open my $book, '>>', $diary or die $!;
syswrite $book, "$at\n";
sleep 1000000;
