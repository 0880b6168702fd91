#!/usr/bin/perl
# A worker that costs little to start, so that faults can be tried by the dozen: it is ready at once, answers as
# hello.ts does, and finishes what it has accepted. A word in the file `behave` beside it makes it misbehave.
use strict;
use warnings;
use IO::Handle;
use Socket;

my ($fd) = $ENV{SERVER_STARTER_PORT} =~ /=(\d+)/ or die "no listener";
my $behaviour = '';
if (open my $file, '<', ($0 =~ s{[^/]*$}{behave}r)) { $behaviour = <$file> // ''; chomp $behaviour }

kill STOP => $$ if $behaviour eq 'stop-before-ready';
my $stopping = 0;
$SIG{TERM} = sub { $stopping = 1 };
if (my $number = $ENV{SSD_READY_FD}) { open my $ready, '>&=', $number or die $!; syswrite $ready, "\n" }

open my $listener, '+<&=', $fd or die "cannot take the listener: $!";
# Another generation may take the connection between select and accept.
$listener->blocking(0);

until ($stopping) {
    my $readable = '';
    vec($readable, $fd, 1) = 1;
    # The limit: Perl runs a handler between two operations, so a signal just before select would not end it.
    next unless select($readable, undef, undef, 0.05) > 0 and accept(my $connection, $listener);
    my $request = '';
    while ($request !~ /\r\n\r\n/) { sysread $connection, $request, 4096, length $request or last }
    my $body = "generation $ENV{SERVER_STARTER_GENERATION}, pid $$\n";
    syswrite $connection, "HTTP/1.1 200 OK\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body";
    close $connection;
}

# The listener stays open, and nobody accepts.
if ($behaviour eq 'linger') { my $until = time + 3; sleep 1 while time < $until }
if ($behaviour eq 'never-end') { close $listener; $SIG{TERM} = 'IGNORE'; sleep 1 while 1 }
