#!/usr/bin/perl
# A FastCGI application: by the specification of FastCGI its listener is descriptor 0.
use strict;
use warnings;
use FCGI;
use IO::Handle;
use POSIX ();

# A release that cannot be loaded, for the test.
die "this release is broken\n" if $ENV{BROKEN};

# SA_RESTART: FCGI drops a connection whose request it is reading when a call is interrupted.
my $stopping = 0;
my $stop = POSIX::SigAction->new(sub { $stopping = 1 }, POSIX::SigSet->new, POSIX::SA_RESTART);
POSIX::sigaction(POSIX::SIGTERM, $stop);

# Another generation may be quicker than accept(2).
STDIN->blocking(0);
vec(my $listener = '', 0, 1) = 1;

my $generation = $ENV{SERVER_STARTER_GENERATION};
my $request = FCGI::Request(\*STDIN, \*STDOUT, \*STDERR, \my %env);
until ($stopping) {
    # TERM ends select(2). The second is for one that comes just before it.
    next if select(my $ready = $listener, undef, undef, 1) <= 0 || $request->Accept < 0;
    select undef, undef, undef, 0.1 if $env{REQUEST_URI} eq '/slow';
    print "Content-Type: text/plain\r\n\r\ngeneration $generation, pid $$\n";
    $request->Finish;
}
