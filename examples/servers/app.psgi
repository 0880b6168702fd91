# For Starman, which takes its listeners from SERVER_STARTER_PORT by itself.
use strict;
use warnings;

# A release that cannot be loaded, for the test.
die "this release is broken\n" if $ENV{BROKEN};

sub {
    select undef, undef, undef, 0.1 if shift->{PATH_INFO} eq '/slow';
    my $body = "generation $ENV{SERVER_STARTER_GENERATION}, pid $$\n";
    return [200, ['Content-Type' => 'text/plain', 'Content-Length' => length $body], [$body]];
};
