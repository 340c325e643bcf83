"""A v1 script of 2014."""
import urllib2


def ticker(pair):
    try:
        print "reading", pair
        return urllib2.urlopen("https://example.org/" + pair).read()
    except IOError, error:
        print >>log, error
        raise ValueError, "no ticker"
