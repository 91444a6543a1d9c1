#pragma once
// First, for the same reason as in CLinux.h. Not <bearssl/bearssl.h>, which is a whole TLS.
#include <features.h>
#include <bearssl/bearssl_aead.h>
