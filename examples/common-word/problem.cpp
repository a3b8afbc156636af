/*
 * The most common word
 *
 * A text is given, up to the end of the input. A word is a longest possible row of the letters a to z and A to Z;
 * everything else only separates words. Upper and lower case do not matter: "The" and "the" are the same word.
 *
 * Print the word that occurs most often, in lower case, and how often it occurs. If several words occur most often,
 * print the one that comes first in the alphabet. If the text holds no word at all, print "none 0".
 *
 * The text has at most 1 000 000 characters.
 *
 * Sample Input 1
 *
 * The cat saw the dog.
 *
 * Sample Output 1
 *
 * the 2
 *
 * Sample Input 2
 *
 * go on, go on, go
 *
 * Sample Output 2
 *
 * go 3
 */
